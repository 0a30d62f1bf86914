"""The form of a request: sections, fields, repeats, kept as one types."""
