"""Applicants: their cards, contacts and consents."""
