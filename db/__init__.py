"""The database side: connection, scripts and their journal, data, and what ``deploy.py`` does with them."""
