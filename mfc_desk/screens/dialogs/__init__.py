"""The small questions any screen asks: a line, a choice, a confirmation."""
