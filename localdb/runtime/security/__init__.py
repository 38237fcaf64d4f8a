"""As whom statements run and what they may do: principals, permissions, impersonation."""
