"""What has become of a data set's files since it was registered, said where it is chosen."""

import streamlit as st

from core import data
from core.data import Changes, Dataset
from core.errors import NetlensError
from ui import datasets, imports
from ui.long_job import long_job
from ui.page import plain, show_error

AT_ONCE = 5_000
"""Pictures whose files are looked at without a click, now and then."""
_PROBLEM = "data_changes_problem"


def draw(name: str, key: str) -> None:
    """Say what is gone, different or new, with a button to index the data set again.

    That files have come or gone is seen at once. Whether some were written over in place is looked
    at as well where they are few, and after a click where they are many. ``key`` begins the keys of
    the buttons. Raises DataError where the data set cannot be opened.
    """
    path = datasets.path_of(name)
    if path is None:  # built in
        return
    said = _overwritten(name, datasets.opened(name), f"{key}_look")
    if since := datasets.since(name):
        said = [since.sentence, *said]
    if problem := st.session_state.pop(_PROBLEM, None):
        show_error(problem)
    if said:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f":material/sync_problem: {plain(' '.join(said))}", width="stretch")
            st.button(
                "Index again",
                icon=":material/sync:",
                key=f"{key}_index_again",
                help="Take the files as they are now for what the data set is.",
                on_click=_index_again,
                args=(name, str(path)),
            )


def _overwritten(name: str, dataset: Dataset, key: str) -> list[str]:
    """What a look at every file has found, in a sentence, unless the data set is opened anew."""
    stamp = datasets.stamp(name)
    if len(dataset) <= AT_ONCE:
        if _few(name, stamp, dataset):
            datasets.open_again(name)
        return []
    changes = long_job(
        key,
        (name, stamp),
        button="Look for files that were written over",
        what="The look at the files",
        units="folders",
        compute=lambda progress: data.changed(dataset, progress),
    )
    if changes is not None and not changes:
        st.caption(f"None of the {len(dataset):,} files was written over since it was opened.")
    return [changes.sentence] if changes else []


@st.cache_resource(ttl="10s", max_entries=8, show_spinner=False)
def _few(name: str, stamp: int, _dataset: Dataset) -> Changes:
    return data.changed(_dataset)


def _index_again(name: str, path: str) -> None:
    try:
        imports.begin(path, name)
    except NetlensError as error:
        st.session_state[_PROBLEM] = str(error)
