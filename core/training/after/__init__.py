"""What a run has left, and what can be seen in it."""
