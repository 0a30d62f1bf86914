"""What a service asks, what a request is, what the law counts. Pure."""
