"""What Overfitting can be set to, the task and the remedies, and what is learnt from."""

import streamlit as st

from core.figures.lab.overfitting import digit_strip
from core.lab.overfitting.digits import (
    MOST_PICTURES,
    SHIFT,
    SIDE,
    TURN,
    augmented,
    generator,
    split,
)
from core.lab.overfitting.network import begin
from core.lab.overfitting.training import Remedies, Task

_WIDTHS = (8, 16, 32, 64, 128, 256)
_DECAYS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1)
_PATIENCE = (None, 3, 5, 10, 20)
_SHOWN = 8  # digits of a strip


def draw() -> tuple[Task, Remedies]:
    """Draw the controls, the task on the left and the remedies on the right."""
    left, right = st.columns(2, gap="large")
    with left:
        task = _task()
        _pictures(task, augmentation=False)
    with right:
        remedies = _remedies()
        if remedies.augmentation:
            _pictures(task, augmentation=True)
    size = begin(task.width, remedies.batch_norm, task.seed).size
    st.caption(
        f"{size:,} parameters learn from {task.pictures:,} pictures, "
        f"{round(task.wrong * task.pictures):,} of them with a wrong label."
    )
    return task, remedies


def _task() -> Task:
    st.markdown("**The task**, for both")
    return Task(
        pictures=st.slider(
            "Training pictures",
            50,
            MOST_PICTURES,
            200,
            50,
            key="lab_overfitting_pictures",
            persist_state="session",
        ),
        wrong=st.slider(
            "Wrong labels",
            0,
            60,
            20,
            5,
            format="%d %%",
            key="lab_overfitting_wrong",
            persist_state="session",
        )
        / 100,
        width=st.select_slider(
            "Units of a hidden layer",
            _WIDTHS,
            128,
            key="lab_overfitting_width",
            persist_state="session",
        ),
        epochs=st.slider(
            "Epochs", 20, 200, 60, 20, key="lab_overfitting_epochs", persist_state="session"
        ),
        seed=st.slider(
            "Seed",
            0,
            9,
            0,
            key="lab_overfitting_seed",
            persist_state="session",
            help="Other pictures, other initial weights, other batches.",
        ),
    )


def _remedies() -> Remedies:
    st.markdown("**The remedies**, for one of them")
    l2 = st.select_slider(
        "L2: weight decay λ",
        _DECAYS,
        0.0,
        format_func=lambda decay: f"{decay:g}" if decay else "off",
        key="lab_overfitting_l2",
        persist_state="session",
    )
    dropout = st.slider(
        "Dropout: probability p",
        0.0,
        0.8,
        0.5,
        0.1,
        key="lab_overfitting_dropout",
        persist_state="session",
    )
    patience = st.select_slider(
        "Early stopping: patience in epochs",
        _PATIENCE,
        None,
        format_func=lambda epochs: str(epochs or "off"),
        key="lab_overfitting_patience",
        persist_state="session",
    )
    batch_norm = st.toggle(
        "Batch normalisation", key="lab_overfitting_batch_norm", persist_state="session"
    )
    augmentation = st.toggle(
        "Augmentation",
        key="lab_overfitting_augmentation",
        persist_state="session",
        help=f"Each picture is turned by up to {TURN}° and shifted by up to {SHIFT} pixel, "
        "anew in every epoch.",
    )
    return Remedies(l2, dropout, patience, batch_norm, augmentation)


def _pictures(task: Task, *, augmentation: bool) -> None:
    """The first of the training pictures, as an epoch sees them."""
    part = split(task.pictures, task.wrong, task.seed).train
    pixels, labels = part.pictures[:_SHOWN], part.labels[:_SHOWN].tolist()
    if augmentation:
        pixels = augmented(pixels, generator(task.seed, "preview"))
    wrong = (part.labels != part.truth)[:_SHOWN].tolist()
    st.image(
        digit_strip(list(pixels.view(-1, SIDE, SIDE).numpy()), [str(y) for y in labels], wrong),
        width="content",
        alt=f"{len(labels)} training pictures{', moved' * augmentation}, with the labels "
        f"{', '.join(map(str, labels))}, of which {sum(wrong)} are wrong",
    )
    st.caption(
        "The same digits as one epoch of the augmented training sees them"
        if augmentation
        else "The first digits it learns from, with the labels it is told; wrong ones are orange"
    )
