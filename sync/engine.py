"""What the desk does next in an exchange. Decides, touches nothing."""
