"""What measurements stand on: a desk with years behind it, terminals, bare programs to compare."""
