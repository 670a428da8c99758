"""The sources of what is shown, as text: nothing is fetched, and no address is a link."""

import streamlit as st

from core.lab.challenge.record import Record
from ui.page import plain


def cite(*records: Record) -> None:
    """The sources of some records, each once."""
    sources = {source.title + source.url: source for one in records for source in one.sources}
    lines = []
    for one in sources.values():
        end = "" if one.title[-1] in "?!" else "."
        said = plain(f"{one.authors} ({one.year}). {one.title}{end} {one.venue}.")
        lines.append(f"{said} `{one.url}`" if one.url else said)
    where = next((one.where for one in records if one.where), "") if len(records) == 1 else ""
    place = f" ({where})" if where else ""
    st.caption(f"**{'Sources' if len(lines) > 1 else 'Source'}{place}:** " + "  \n".join(lines))
