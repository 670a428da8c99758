"""Step 3: the recipe, simple first."""

import streamlit as st

from core.data import Dataset
from core.training import Augment, Recipe
from ui.fine_tune import draft, more_settings, preview, recipe_file
from ui.page import show_error

_FIRST_RATE = 1e-3


def recipe_step(recipe: Recipe, dataset: Dataset) -> None:
    """Draw the settings of the draft; a click changes it before the page is drawn again."""
    said = draft.problem()
    if said:
        show_error(said)
    if recipe.tune == "probe":
        st.caption(
            "A probe sees each picture once, as it is, and is fitted in one go: there are no "
            "epochs, no learning rate and no augmentation to choose."
        )
    else:
        _steps(recipe)
        with st.container(border=True):
            _augmentation(recipe, dataset)
    box = st.expander("More", icon=":material/tune:", on_change="rerun", key="tune_more")
    if box.open:
        with box:
            more_settings.draw(recipe)
    recipe_file.draw(recipe)


def _steps(recipe: Recipe) -> None:
    epochs, find, rate = st.columns(3, gap="medium", vertical_alignment="bottom")
    epochs.number_input(
        "Epochs",
        1,
        10_000,
        step=1,
        help="How often each picture is shown.",
        **draft.bound("epochs"),
    )
    find.toggle(
        "Find the learning rate",
        help="Before the training, it is raised step by step to see where the loss falls best.",
        **draft.bound(
            "learning_rate", lambda rate: rate is None, lambda on: None if on else _FIRST_RATE
        ),
    )
    if recipe.learning_rate is not None:
        rate.number_input(
            "Learning rate",
            0.0,
            None,
            step=1e-4,
            format="%g",
            help="The highest that the schedule reaches. Too high, and the loss grows without end.",
            **draft.bound("learning_rate", float, name="rate"),
        )


def _augmentation(recipe: Recipe, dataset: Dataset) -> None:
    st.toggle(
        "Augmentation",
        help="Training pictures are changed at random each time that they are shown, so that the "
        "network cannot learn them by heart.",
        **draft.bound(
            "augment", lambda augment: augment is not None, lambda on: Augment() if on else None
        ),
    )
    if recipe.augment is None:
        st.caption("Every picture is shown as the model will see it later.")
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        st.slider(
            "Random crop keeps at least",
            0.01,
            1.0,
            step=0.01,
            format="percent",
            **draft.bound("augment.crop", float),
        )
        st.slider(
            "Rotate by up to", 0, 180, format="%d°", **draft.bound("augment.rotate", round, float)
        )
        st.slider("Change colours", 0.0, 1.0, step=0.05, **draft.bound("augment.colour", float))
        st.slider(
            "Wipe out a part",
            0.0,
            1.0,
            step=0.05,
            format="percent",
            help="The chance that a rectangle of a picture is wiped out.",
            **draft.bound("augment.erase", float),
        )
        st.toggle("Mirror half of them", **draft.bound("augment.flip"))
    with right:
        preview.draw(recipe, dataset)
