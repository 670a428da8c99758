"""All changes at once, at random, as a training makes them each time that it shows a picture."""

import numpy as np
import streamlit as st
from PIL import Image

from core.figures.heatmap import enlarged, png
from core.inside.capture import run
from core.lab.augmentation import workable
from core.lab.classifier import softmax
from core.lab.preprocessing import normalise, scale
from core.lab.question import Number
from core.training.material.augmenting import own_dice, pipeline, seeded
from core.training.recipe import Augment
from ui.lab.augmentation.asking import ask_model
from ui.lab.station import ask, torch_call
from ui.page import plain
from ui.remember import remembered, subject_key
from ui.subject import Subject

_COUNT = 8
_SIDE = 160  # pixels at least of a tile
_TURN = "lab_augmentation_turn"


def draw(seen: Subject) -> None:
    """Eight random pictures of one, each with the model's answer."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        augment = _set()
        turn = st.session_state.get(_TURN, 0)
        st.button(
            "Again",
            icon=":material/casino:",
            on_click=st.session_state.__setitem__,
            args=(_TURN, turn + 1),
        )
    preprocess = seen.model.preprocess
    own = ask_model(seen, "untouched", lambda: preprocess(seen.picture.image).numpy())
    first = int(own.argmax())
    label = seen.model.classes[first].label
    pictures, answers = _answered(seen, augment, turn)
    cells = st.grid(4, min_column_width=130)
    for picture, now in zip(pictures, answers, strict=True):
        best = int(now.argmax())
        said = seen.model.classes[best].label
        with cells.cell():
            st.image(png(enlarged(picture, _SIDE)), alt=f"Changed at random: {said}")
            st.caption(plain(f"{said} {now[best]:.1%}"))
    kept = sum(int(now.argmax()) == first for now in answers)
    st.caption(
        f"{plain(seen.held.name)} as *Fine-tune* would show it to a network in {_COUNT} epochs. "
        "Each is mirrored with a chance of one half."
    )
    _code(augment, preprocess.input_size)
    ask(
        Number(
            f"In how many of these {_COUNT} is {plain(label)} the most probable class?",
            kept,
            f"{kept} of {_COUNT}. To a network that is trained now, all {_COUNT} would be given "
            f"with the label {plain(label)}: it learns to answer them alike.",
        )
    )


def _set() -> Augment:
    """How far each change may go; at first as far as *Fine-tune* suggests, and a little colour."""
    crop, rotation, colour, erasing = (
        st.slider(
            name,
            low,
            high,
            start,
            step,
            key=f"lab_random_{name.split()[-1].lower()}",
            persist_state="session",
            width=200,
        )
        for name, low, high, start, step in (
            ("Smallest crop", 0.05, 1.0, Augment().crop, 0.05),
            ("Degrees of rotation", 0, 180, 15, 5),
            ("Strength of colour", 0.0, 1.0, 0.5, 0.1),
            ("Chance of erasing", 0.0, 1.0, 0.2, 0.1),
        )
    )
    return Augment(crop=crop, rotate=float(rotation), colour=colour, erase=erasing)


def _answered(
    seen: Subject, augment: Augment, turn: int
) -> tuple[list[Image.Image], list[np.ndarray]]:
    """Changed pictures, and (classes,) probabilities of each."""
    key = (*subject_key(seen.model, seen.picture), augment, turn)

    def make() -> tuple[list[Image.Image], list[np.ndarray]]:
        import torch

        preprocess = seen.model.preprocess
        pictures = _pictures(seen, augment, turn)
        inputs = [normalise(scale(one), preprocess.mean, preprocess.std) for one in pictures]
        logits = run(seen.model, torch.from_numpy(np.stack(inputs)))
        return pictures, [softmax(of) for of in logits]

    return remembered("lab_random", key, make, most=8)


def _pictures(seen: Subject, augment: Augment, turn: int) -> list[Image.Image]:
    """As training pictures are changed, from one whose shorter side the model's resizing has."""
    import torch

    preprocess = seen.model.preprocess
    whole = workable(seen.picture.image, preprocess.resize)
    pixels = torch.from_numpy(np.array(whole)).permute(2, 0, 1)
    change = pipeline(augment, preprocess.input_size, preprocess.interpolation)
    with own_dice():
        made = [seeded(change, pixels, turn, number) for number in range(_COUNT)]
    return [Image.fromarray(one.permute(1, 2, 0).numpy()) for one in made]


def _code(augment: Augment, size: int) -> None:
    """The transforms of which this training's augmentation is made; they take a tensor."""
    steps = [
        f"v2.RandomRotation({augment.rotate:g}, v2.InterpolationMode.BILINEAR)"
        if augment.rotate
        else "",
        f"v2.RandomResizedCrop({size}, scale=({augment.crop:g}, 1.0))"
        if augment.crop < 1
        else f"v2.Resize(({size}, {size}))",
        "v2.RandomHorizontalFlip()",
        _jitter(augment.colour) if augment.colour else "",
        f"v2.RandomErasing({augment.erase:g}, (0.02, 0.25))" if augment.erase else "",
    ]
    lines = "".join(f"    {step},\n" for step in steps if step)
    torch_call(f"from torchvision.transforms import v2\n\nchange = v2.Compose([\n{lines}])")


def _jitter(colour: float) -> str:
    return f"v2.ColorJitter({', '.join([f'{colour / 2:g}'] * 3)}, {colour / 10:g})"
