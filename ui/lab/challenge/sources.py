"""The sources of what is shown: nothing is fetched before a reader clicks."""

import streamlit as st

from core.lab.challenge.record import Record
from ui.page import plain


def cite(*records: Record) -> None:
    """The sources of some records, each once."""
    sources = {source.title + source.url: source for one in records for source in one.sources}
    lines = []
    for one in sources.values():
        end = "" if one.title[-1] in "?!" else "."
        title = f"[{plain(one.title)}]({one.url})" if one.url else plain(one.title)
        lines.append(f"{plain(f'{one.authors} ({one.year}).')} {title}{end} {plain(one.venue)}.")
    where = next((one.where for one in records if one.where), "") if len(records) == 1 else ""
    place = f" ({where})" if where else ""
    st.caption(f"**{'Sources' if len(lines) > 1 else 'Source'}{place}:** " + "  \n".join(lines))
