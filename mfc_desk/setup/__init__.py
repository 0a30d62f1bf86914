"""A desk begun: from a ticket, by net, for training, for a preview."""
