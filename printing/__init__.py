"""Papers as bytes, and bytes to a printer."""
