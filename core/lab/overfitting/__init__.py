"""Overfitting: a small network on few handwritten digits, and the remedies, trained in seconds."""
