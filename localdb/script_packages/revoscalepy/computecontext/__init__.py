"""Module names that Microsoft's tutorials import from; the names are those of the package itself."""
