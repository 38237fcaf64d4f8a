"""What PREDICT and sp_rxPredict run in the sandbox; the server imports nothing of it."""
