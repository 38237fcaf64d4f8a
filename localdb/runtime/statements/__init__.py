"""What each kind of statement does: handlers for the interpreter."""
