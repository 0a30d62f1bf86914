"""The reference centre: enrols desks, stores their batches, answers what became of them."""
