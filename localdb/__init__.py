"""localdb: an embedded server that speaks TDS 7.4 and T-SQL and stores its data in DuckDB."""
