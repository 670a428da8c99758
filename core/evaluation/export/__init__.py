"""Every answer of an evaluation as a file for other tools: Parquet, and CSV."""
