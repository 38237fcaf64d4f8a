"""The functions and @@ values that only the session can answer."""
