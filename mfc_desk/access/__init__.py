"""Who comes in and what they may do: accounts, roles, passwords, the keys of the store."""
