"""Plotly figures from core's results. Colours and fonts are the caller's theme's where possible."""
