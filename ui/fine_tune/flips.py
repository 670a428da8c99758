"""Validation pictures of which the network says something else than an epoch before."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core.data import Dataset
from core.errors import NetlensError
from core.runs import Run
from core.training.history import Epoch
from ui import labelled
from ui.fine_tune.words import count
from ui.page import plain
from ui.remember import remembered

_KEPT = 4
_SHOWN = 6  # a row, and no more work than a look each second may be


def draw(run: Run, epoch: Epoch) -> None:
    """Each picture with its class before and after, and whether that is right now."""
    st.markdown(f"**Pictures that flipped in epoch {epoch.epoch}**")
    st.caption(f"{count(epoch.fixed, 'picture')} became right, {epoch.broken:,} became wrong.")
    shown = remembered(
        "flips", (run.id, epoch.epoch, epoch.time), lambda: _shown(run.spec, epoch), _KEPT
    )
    cells = st.grid(_SHOWN, min_column_width=110)
    for picture, words, alt in shown:
        with cells.cell():
            if picture:
                st.image(picture, alt=alt)
            st.markdown(words)


def _shown(spec: Mapping[str, Any], epoch: Epoch) -> list[tuple[bytes | None, str, str]]:
    """Thumbnail, words below it, and its alternative text."""
    try:
        classes = spec.get("classes")
        dataset = labelled.dataset(spec["data"], None if classes is None else tuple(classes))
        return [_one(dataset, *flip) for flip in epoch.flips[:_SHOWN]]
    except (NetlensError, KeyError, IndexError, TypeError):  # the data are not what they were
        return []


def _one(dataset: Dataset, at: int, before: int, after: int) -> tuple[bytes | None, str, str]:
    truth = int(dataset.labels[at])
    was, now, right = (dataset.classes[label].label for label in (before, after, truth))
    if after == truth:
        mark, verdict = ":green[:material/check:]", "right now"
    elif before == truth:
        mark, verdict = ":red[:material/close:]", f"it is {right}"
    else:
        mark, verdict = ":gray[:material/close:]", f"it is {right}"
    words = f":small[{mark} {plain(was)} → **{plain(now)}**]  \n:small[:gray[{plain(verdict)}]]"
    return labelled.thumbnail(dataset, at), words, f"{right}: {was} before, {now} now"
