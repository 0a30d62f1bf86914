"""Taking a request, or not: drafts, documents, registration; refusal, referral, waiting list."""
