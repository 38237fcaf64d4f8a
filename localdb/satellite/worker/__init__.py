"""What runs in the forked child: one script, and the conversion of its data. Imports the contract and third
parties."""
