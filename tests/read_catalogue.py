"""Reads the catalogue when it is imported: by the process whose copies serve as centres."""

from tests.killed_centre import catalogue

catalogue()
