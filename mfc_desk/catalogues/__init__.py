"""The versions of the catalogue on this desk: kept, installed, worked by."""
