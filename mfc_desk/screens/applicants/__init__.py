"""The card of an applicant, and what is done from it."""
