"""Batches and feed over HTTP."""
