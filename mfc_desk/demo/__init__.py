"""A ready office with its own centre on loopback: to try the program, and to prove it."""
