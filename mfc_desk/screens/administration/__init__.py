"""Settings, accounts, printers, requisites."""
