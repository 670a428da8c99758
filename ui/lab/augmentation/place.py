"""Where in the picture a change takes place."""

import streamlit as st

MIDDLE = (0.5, 0.5)


def place_sliders(key: str) -> tuple[float, float]:
    """Sliders for how far across and how far down, each from 0 to 1; `key` begins their keys."""
    across, down = (
        st.slider(name, 0.0, 1.0, 0.5, 0.05, key=f"{key}_{name.lower()}", persist_state="session")
        for name in ("Across", "Down")
    )
    return across, down
