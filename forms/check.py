"""All problems of a request at once."""
