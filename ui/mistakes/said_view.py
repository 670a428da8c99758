"""All votes, notes and tags so far, and their export."""

import streamlit as st

from core.evaluation.review import export, notes
from core.evaluation.review.remarks import Remark
from core.export import cell
from ui.mistakes.remarks import VOTE_NAMES

_ROWS = 500


def draw() -> None:
    """A table, the last change first, and the files. Raises EvaluationError."""
    found = notes.everything(_ROWS)
    if not found:
        st.caption("No vote, note or tag yet. All of them are kept on this machine.")
        return
    st.subheader("What was said so far", anchor=False)
    counts = notes.vote_counts()
    told = [f"{VOTE_NAMES[vote].lower()} ({count:,})" for vote, count in counts.items() if count]
    st.caption(
        f"Of all data sets, the last change first. Whose mistake: {', '.join(told) or 'no vote'}."
    )
    st.dataframe(
        [_row(remark) for remark in found],
        hide_index=True,
        alt=f"Votes, notes and tags of {len(found):,} pictures",
    )
    _menu()


def _row(remark: Remark) -> dict[str, object]:
    """As `cell` has texts: the table itself can be downloaded, too."""
    claim = remark.claim
    return {
        "Vote": VOTE_NAMES.get(remark.vote or "", ""),
        "Label": cell(claim.label),
        "File": cell(claim.file),
        "Note": cell(remark.note),
        "Tags": [cell(tag) for tag in remark.tags],
        "Data": cell(claim.data),
        "Changed (UTC)": remark.changed_at.replace("T", " ").rstrip("Z"),
    }


def _menu() -> None:
    with st.popover("Export votes", icon=":material/download:"):
        with st.container(horizontal=True):
            st.download_button(
                "CSV",
                lambda: export.to_csv(notes.everything()),
                "votes.csv",
                "text/csv",
                key="mistakes_votes_csv",
                on_click="ignore",
            )
            st.download_button(
                "Parquet",
                lambda: export.to_parquet(notes.everything()),
                "votes.parquet",
                "application/vnd.apache.parquet",
                key="mistakes_votes_parquet",
                on_click="ignore",
            )
        st.caption(
            "All of them, with the SHA-256 of each picture. In the CSV an apostrophe stands before "
            "what a spreadsheet would take for a formula; the Parquet file has every text as it is."
        )
