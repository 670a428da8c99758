"""Probes: logistic regression on what a frozen network makes of pictures."""
