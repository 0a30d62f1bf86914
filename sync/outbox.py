"""Sealed batches, receipts and the state of the exchange."""
