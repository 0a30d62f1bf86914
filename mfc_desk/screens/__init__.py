"""What the specialist sees, one screen a file; a screen asks the desk and redraws."""
