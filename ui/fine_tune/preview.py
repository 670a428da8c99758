"""Training pictures as the network will see them, in some epochs."""

import io
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from PIL import Image

from core import models
from core.data import Dataset
from core.errors import DataError, PictureError
from core.models.preprocess import Preprocess, from_settings
from core.training import Recipe
from core.training.material.augmenting import own_dice
from core.training.material.pictures import Pictures
from ui import answers
from ui.page import plain
from ui.remember import remembered

if TYPE_CHECKING:
    from torch import Tensor

_EPOCHS = 5
_CLASSES = 3
_SIDE, _GAP = 128, 8  # pixels


def draw(recipe: Recipe, dataset: Dataset) -> None:
    """A row a picture: as the model sees it later, and as it is learnt from in five epochs."""
    turn = st.session_state.get("tune_preview_turn", 0)
    key = (
        recipe.data,
        recipe.classes,
        recipe.model,
        recipe.augment,
        recipe.input_size,
        len(dataset),
        turn,
    )
    rows = remembered(
        "augmented", (*key, recipe.seed), lambda: _rows(dataset, recipe, turn), most=8
    )
    for label, strip in rows:
        st.image(
            strip,
            alt=f"{label}: as it is, and as it looks in {_EPOCHS} epochs",
            output_format="PNG",
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            plain("What the network will see: first each picture as it is, then in five epochs.")
        )
        st.button(
            "Other pictures",
            icon=":material/shuffle:",
            type="tertiary",
            on_click=st.session_state.__setitem__,
            args=("tune_preview_turn", turn + 1),
        )


def _rows(dataset: Dataset, recipe: Recipe, turn: int) -> list[tuple[str, bytes]]:
    shown = Pictures(dataset, _preprocess(recipe), recipe.augment, recipe.seed)
    rows = []
    for at in _some(dataset, turn):
        try:
            plain_one = shown.plain(at)
            changed = [_shown(shown, at, epoch, recipe.input_size) for epoch in range(_EPOCHS)]
        except (DataError, PictureError):  # the check of the data says what is wrong
            continue
        label = dataset.classes[dataset.labels[at]].label
        rows.append((label, _strip([plain_one, *changed])))
    return rows


def _shown(shown: Pictures, at: int, epoch: int, size: int | None) -> "Tensor":
    with own_dice():
        return shown.shown(at, epoch, size)


def _preprocess(recipe: Recipe) -> Preprocess:
    """The model's own, or the usual one where its weights are not here and need not be."""
    info = models.info(recipe.model)
    if models.on_machine(info) is not None:
        return answers.load_model(info.name).preprocess
    size = info.input_size or 224
    return from_settings(
        {
            "kind": "torchvision",
            "input_size": size,
            "resize": round(size / 0.875),
            "interpolation": "bilinear",
            "mean": [0.485, 0.456, 0.406],
            "std": [0.229, 0.224, 0.225],
            "squash": False,
        }
    )


def _some(dataset: Dataset, turn: int) -> list[int]:
    """A picture each of some classes, others in every turn."""
    present = np.unique(dataset.labels)
    if not len(present):
        return []
    chosen = [present[(turn * _CLASSES + i) % len(present)] for i in range(_CLASSES)]
    found = []
    for label in dict.fromkeys(chosen):
        of_class = np.flatnonzero(dataset.labels == label)
        found.append(int(of_class[turn % len(of_class)]))
    return found


def _strip(tiles: "list[Tensor]") -> bytes:
    """(3, H, W) uint8 each, side by side, the first one set apart; a PNG."""
    width = len(tiles) * (_SIDE + _GAP) + _GAP
    strip = Image.new("RGBA", (width, _SIDE))
    for place, tile in enumerate(tiles):
        image = Image.fromarray(tile.permute(1, 2, 0).numpy()).resize((_SIDE, _SIDE))
        strip.paste(image, (place * (_SIDE + _GAP) + (2 * _GAP if place else 0), 0))
    buffer = io.BytesIO()
    strip.save(buffer, "PNG")
    return buffer.getvalue()
