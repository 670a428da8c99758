"""Home: what is here, the first prediction in one click, and where to go next."""

import streamlit as st

from core import paths
from ui import answers, glance, hand, pickers
from ui.page import CLASSIFY, HOME, SECTIONS, page

with page(HOME):
    st.title("Netlens")
    st.caption("See what an image classifier sees.")
    device_place = glance.metrics()

    st.subheader("Start with a picture")
    pickers.sample_gallery("home_gallery")
    held = hand.pictures()
    if held:
        got = answers.ask_all(hand.model_names()[:1], held[0])
        for name, answer in got.items():
            answers.side_by_side(held[0], name, answer, "Classes", top=5)
        if not got:
            answers.picture_alone(held[0])
    st.page_link(
        CLASSIFY.script,
        label="Upload pictures, use the camera, or compare models",
        icon=CLASSIFY.icon,
        query_params=hand.link_params(),
    )

    st.subheader("Where to go")
    links = [link for section in SECTIONS.values() for link in section if link is not HOME]
    cells = st.grid(3, min_column_width=220)
    for link in links:
        with cells.cell(), st.container(border=True, height="stretch"):
            st.page_link(
                link.script, label=link.title, icon=link.icon, query_params=hand.link_params()
            )
            st.caption(link.purpose)
            st.image(paths.ASSETS / "cards" / link.picture, width=300, alt=link.alt)

    glance.device(device_place)
