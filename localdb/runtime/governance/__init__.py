"""The resource governor: which scripts may run now, within which limits, and what they used."""
