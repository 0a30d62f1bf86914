"""The parts screens are made of: lists, editors, the header and the key line."""
