"""External languages and libraries: their definitions and files."""
