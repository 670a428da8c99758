"""Netlens without a browser: the classes, the pictures, the models and what they answer."""
