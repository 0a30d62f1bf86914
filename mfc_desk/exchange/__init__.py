"""The exchange with the centre: by net, by relay, by USB stick; both sides compared."""
