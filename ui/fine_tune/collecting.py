"""Pictures that come through the browser, class by class: dropped or taken by the camera."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

import streamlit as st

from core import images
from core.data import collect
from core.errors import NetlensError
from ui import datasets
from ui.fine_tune import data_sources
from ui.fine_tune.class_cards import class_cards
from ui.folder_drops import keep_folder_names
from ui.page import plain, show_error

_FIRST = "my pictures"
_NEW = ""
_COLLECTION, _OPEN = "collect_collection", "collect_open"
_LABEL = "collect_label"
_TAKEN = "collect_taken"  # times so far: each time uploader and camera are new ones, and empty
_SAID = "collect_said"
_NAMED = 5  # files that no picture could be made of


def dropped() -> str | None:
    """Drop pictures, or folders of them; the collection once it has a picture."""
    name = _collection()
    label = _label()
    st.caption(
        "Name a class and drop its pictures; or name none and drop folders: each is a class called "
        "like it."
    )
    folders = st.toggle(
        "Choose folders by the button, not files", key="collect_folders", persist_state="session"
    )
    keep_folder_names()
    uploads = st.file_uploader(
        f"Pictures of {plain(label)}" if label else "Folders of pictures",
        type=sorted(suffix.lstrip(".") for suffix in images.SUFFIXES),
        accept_multiple_files="directory" if folders else True,
        disabled=not name,
        key=f"collect_drop-{folders}-{_taken()}",
    )
    if uploads:
        given = _by_folder([(upload.name, upload.getvalue()) for upload in uploads])
        if label and len(given) == 1:
            given = {label: next(iter(given.values()))}
        _take(name, given)
    return _shown(name)


def photographed() -> str | None:
    """Take pictures one after the other; the collection once it has a picture."""
    name = _collection()
    label = _label()
    shot = st.camera_input(
        f"Picture of {plain(label) or 'the class'}",
        disabled=not (name and label),
        key=f"collect_camera-{_taken()}",
        width=420,
    )
    if shot is not None:
        _take(name, {label: [("the camera's picture", shot.getvalue())]})
    return _shown(name)


def _collection() -> str:
    """Draw the choice of a collection; the name may be of one that is still to be made."""
    if made := st.session_state.pop(_OPEN, None):
        st.session_state[_COLLECTION] = made
    there = collect.names()
    if not there:
        return _new_name(there)
    if st.session_state.get(_COLLECTION) not in (*there, _NEW):
        # Where several people may come, nobody is to add to another one's by mistake.
        newest = max(there, key=collect.changed)
        st.session_state[_COLLECTION] = newest if datasets.only_here() else _NEW
    with st.container(horizontal=True):
        chosen = st.selectbox(
            "Collection",
            [*there, _NEW],
            format_func=lambda name: name or "New collection",
            key=_COLLECTION,
            persist_state="session",
        )
        return chosen or _new_name(there)


def _new_name(there: Sequence[str]) -> str:
    taken = {name.casefold() for name in (*there, *datasets.names())}
    names = (_FIRST, *(f"{_FIRST} {number}" for number in range(2, len(taken) + 3)))
    free = next(name for name in names if name not in taken)
    return st.text_input(
        "Name of the collection", value=free, key=f"collect_name-{free}", persist_state="session"
    ).strip()


def _label() -> str:
    return st.text_input(
        "Class",
        placeholder="what the pictures show, such as cat",
        key=_LABEL,
        persist_state="session",
    ).strip()


def _taken() -> int:
    return st.session_state.setdefault(_TAKEN, 0)


def _by_folder(given: Sequence[tuple[str, bytes]]) -> Mapping[str, list[tuple[str, bytes]]]:
    """Pictures by the name of the folder that they lie in; without one, by nothing."""
    found = defaultdict(list)
    for name, content in given:
        path = PurePosixPath(name.replace("\\", "/"))
        found[path.parent.name].append((path.name, content))
    return found


def _take(name: str, given: Mapping[str, Sequence[tuple[str, bytes]]]) -> None:
    """Add the pictures, and run anew with an empty uploader."""
    st.session_state[_TAKEN] = _taken() + 1
    new, known, problems = 0, 0, []
    with st.spinner("Storing the pictures …"):
        for label, pictures in given.items():
            if not label:
                problems.append(
                    f"It is not known which class {len(pictures):,} of the pictures are of: name "
                    "it and drop them again, or choose their folder by the button."
                )
                continue
            try:
                added = collect.add(name, label, pictures)
            except NetlensError as error:
                problems.append(str(error))
                continue
            new, known = new + added.new, known + added.known
            problems += added.problems
    st.session_state[_SAID] = (new, known, problems)
    if name in collect.names():
        st.session_state[_OPEN] = name
    st.rerun()


def _shown(name: str) -> str | None:
    """Draw what the collection has."""
    new, known, problems = st.session_state.pop(_SAID, (0, 0, []))
    if new or known:
        there = f", {known:,} there already" if known else ""
        st.caption(f":material/check: {new:,} added{there}.")
    for problem in problems[:_NAMED]:
        show_error(problem)
    if len(problems) > _NAMED:
        show_error(f"{len(problems) - _NAMED:,} more files cannot be used.")
    st.caption("Pictures are kept on the machine that Netlens runs on until you delete them.")
    if name not in collect.names():
        return None
    class_cards(name, _LABEL)
    if name not in datasets.names():
        return None
    data_sources.prefer(name)
    return name
