"""Journal, batches and carriers, and the reference centre."""
