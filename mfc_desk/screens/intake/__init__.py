"""Новое обращение, step by step; what is done when it is not taken."""
