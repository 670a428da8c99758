"""A gallery of pictures that act as buttons (Streamlit's own pictures cannot be clicked)."""

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

_HTML = """
<div class="gallery" role="group"></div>
"""

_CSS = """
.gallery {
  display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 0.6rem;
  font-family: var(--st-font); padding: 2px;
}
.gallery button {
  display: flex; flex-direction: column; padding: 0; overflow: hidden; cursor: pointer;
  font: inherit; text-align: left; color: var(--st-text-color);
  background: var(--st-secondary-background-color);
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius);
}
.gallery button:hover { border-color: var(--st-primary-color); }
.gallery button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.gallery button[aria-pressed="true"] {
  border-color: var(--st-primary-color); box-shadow: 0 0 0 1px var(--st-primary-color);
}
.gallery img { width: 100%; aspect-ratio: 1; object-fit: cover; display: block; }
.gallery.crisp img { object-fit: fill; image-rendering: pixelated; }
.gallery span {
  font-size: 0.8rem; padding: 0.3rem 0.5rem;
  white-space: pre; overflow: hidden; text-overflow: ellipsis;
}
"""

_JS = """
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".gallery")
  root.setAttribute("aria-label", data.label)
  root.classList.toggle("crisp", data.crisp)
  const focused = root.getRootNode().activeElement?.dataset.id
  root.replaceChildren(...data.items.map((item) => {
    const button = document.createElement("button")
    button.type = "button"
    button.dataset.id = item.id
    button.title = item.title
    button.setAttribute("aria-pressed", String(item.id === data.chosen))
    const image = document.createElement("img")
    image.src = item.url
    image.alt = item.alt
    const title = document.createElement("span")
    title.textContent = item.title
    button.append(image, title)
    button.onclick = () => setTriggerValue("picked", item.id)
    return button
  }))
  // whoever goes through the pictures by keyboard goes on where they were
  const again = [...root.children].find((button) => button.dataset.id === focused)
  again?.focus({ preventScroll: true })
}
"""

_component = st.components.v2.component("netlens_gallery", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Item:
    """One picture of a gallery, a JPEG or PNG; about 200 pixels are enough."""

    id: str
    title: str
    alt: str
    picture: bytes


def data_url(picture: bytes) -> str:
    """A small JPEG or PNG as an address that holds it."""
    kind = "png" if picture.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64," + base64.b64encode(picture).decode()


def gallery(
    items: Sequence[Item],
    label: str,
    key: str,
    on_pick: Callable[[str], None],
    chosen: str | None = None,
    *,
    crisp: bool = False,
) -> None:
    """Draw the pictures; `on_pick` gets the id of the one that was clicked, before the next run.

    `crisp` enlarges pictures to squares of their pixels, for maps of a few cells. An id that is not
    among the items, which only a tampered browser sends, is ignored.
    """
    known = {item.id for item in items}

    def picked() -> None:
        name = st.session_state[key].picked
        if name in known:
            on_pick(name)

    _component(
        key=key,
        data={
            "label": label,
            "chosen": chosen,
            "crisp": crisp,
            "items": [
                {
                    "id": item.id,
                    "title": item.title,
                    "alt": item.alt,
                    "url": data_url(item.picture),
                }
                for item in items
            ],
        },
        on_picked_change=picked,
    )
