"""Papers looked at, saved, queued, printed."""
