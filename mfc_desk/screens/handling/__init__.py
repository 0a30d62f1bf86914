"""Registered requests: found, their card, what is done from it."""
