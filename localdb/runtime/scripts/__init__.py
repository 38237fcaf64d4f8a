"""sp_execute_external_script: its call, its data, and its way to the satellite and back."""
