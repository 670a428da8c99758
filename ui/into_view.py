"""What was opened by a click further down is brought into view, once."""

import streamlit as st

_JS = """
export default function ({ data, parentElement }) {
  const mark = parentElement.querySelector(".mark")
  if (mark.dataset.shown === data) return // other runs leave the reader where they are
  mark.dataset.shown = data
  // after the browser has kept in place what the reader saw
  requestAnimationFrame(() => mark.scrollIntoView({ block: "start" }))
}
"""

_component = st.components.v2.component(
    "netlens_into_view",
    html='<div class="mark"></div>',
    css=".mark { scroll-margin-top: 5rem; }",
    js=_JS,
)


def into_view(shown: str, key: str) -> None:
    """Scroll the page to this place when it is drawn first, and whenever something else is shown.

    ``shown`` tells one thing from another.
    """
    _component(key=key, data=shown)
