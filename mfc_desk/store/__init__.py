"""The desk's tables: every SQL statement of the desk."""
