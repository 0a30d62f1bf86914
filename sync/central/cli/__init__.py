"""The command line of the centre, one file a group of commands."""
