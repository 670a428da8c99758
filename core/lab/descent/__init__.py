"""Gradient descent: surfaces, update rules, schedules, and two small problems to try them on."""
