"""Long lists a page at a time."""

import streamlit as st


def page(total: int, a_page: int, key: str) -> int:
    """Draw the choice where there is more than one page; the chosen one, from 1 on."""
    pages = -(-total // a_page)
    return st.pagination(pages, key=key) if pages > 1 else 1
