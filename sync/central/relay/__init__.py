"""The office relay: takes sealed bytes of the desks into custody and carries them to the centre."""
