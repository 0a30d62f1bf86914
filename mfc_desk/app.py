"""The Textual application: theme, global keys, first screen."""
