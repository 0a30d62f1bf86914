"""Before the desk is open: the first start, login, the hidden screen."""
