"""Streamlit parts that several pages share. Nothing here computes; `core` does."""
