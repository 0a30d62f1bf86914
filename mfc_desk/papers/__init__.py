"""Papers: what each says, the queue and the printers they come out of, the papers of a day."""
