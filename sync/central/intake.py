"""What the centre does with a batch. Decides, touches nothing."""
