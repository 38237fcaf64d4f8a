"""The catalog views and the dynamic management views."""
