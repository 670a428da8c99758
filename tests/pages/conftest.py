"""Pages without a browser."""

from collections.abc import Callable
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def open_page() -> Callable[..., AppTest]:
    """Open a page at an address, as the first page of a new session."""
    st.cache_data.clear()
    st.cache_resource.clear()

    def start(script: str, **address: str | list[str]) -> AppTest:
        app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
        app.switch_page(script)
        for key, value in address.items():
            app.query_params[key] = value
        return app.run()

    return start


def words(app: AppTest) -> str:
    """All that the page says, as one text."""
    kinds = (
        app.title,
        app.header,
        app.subheader,
        app.markdown,
        app.caption,
        app.warning,
        app.error,
    )
    return "\n".join(element.value for kind in kinds for element in kind)
