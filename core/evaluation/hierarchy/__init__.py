"""Answers seen in WordNet: how far off a mistake is, and what is known in coarser classes."""
