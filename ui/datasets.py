"""Registered data sets, opened once for all sessions."""

import streamlit as st

from core import data


@st.cache_resource(max_entries=4, ttl="10m", show_spinner="Listing the pictures …")
def opened(name: str) -> data.Dataset:
    """A registered data set. Raises DataError."""
    return data.open(name)
