"""The system procedures, a module for each subject."""
