"""The recipe that is being written in this session: widgets show its settings and change them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core.errors import TrainingError
from core.training import Augment, Recipe, Tune, suggest

_RECIPE, _PROBLEM = "tune_recipe", "tune_recipe_problem"
_AUGMENT = "augment."
_SHARES = ("validation", "test", "seed")


def draft(data: str, classes: tuple[str, ...] | None, model: str, tune: Tune) -> Recipe:
    """The recipe for what was chosen before it; another mode begins with what is good for that.

    Raises TrainingError where such a recipe cannot be.
    """
    kept: Recipe | None = st.session_state.get(_RECIPE)
    if kept is None or kept.tune != tune:
        kept = suggest(data, model, tune)
    if kept.model != model:  # which may know no other size than its own
        kept = kept.changed(input_size=None, sizes=())
    kept = kept.changed(data=data, classes=classes, model=model)
    st.session_state[_RECIPE] = kept
    return kept


def shares() -> dict[str, Any]:
    """How the draft shares the pictures out: ``validation``, ``test`` and ``seed``."""
    kept: Recipe | None = st.session_state.get(_RECIPE)
    return {} if kept is None else {key: getattr(kept, key) for key in _SHARES}


def take(recipe: Recipe) -> None:
    """Go on with another recipe, in a callback."""
    st.session_state[_RECIPE] = recipe


def complain(sentence: str) -> None:
    """Say what was wrong in a callback, where nothing can be shown yet."""
    st.session_state[_PROBLEM] = sentence


def problem() -> str | None:
    """What the last callback complained of, once."""
    return st.session_state.pop(_PROBLEM, None)


def bound(
    setting: str,
    show: Callable[[Any], Any] = lambda value: value,
    read: Callable[[Any], Any] = lambda shown: shown,
    name: str = "",
) -> dict[str, Any]:
    """Key and callback of a widget for a setting of the recipe, such as epochs or augment.crop.

    The widget holds ``show`` of the setting, and ``read`` of what it holds becomes the setting.
    A second widget for the same setting has a ``name``.
    """
    recipe: Recipe = st.session_state[_RECIPE]
    key = f"recipe_{name or setting}"
    part = setting.startswith(_AUGMENT)
    holder = recipe.augment if part else recipe
    st.session_state[key] = show(getattr(holder, setting.removeprefix(_AUGMENT)))
    return {"key": key, "on_change": _change, "args": (setting, key, read)}


def _change(setting: str, key: str, read: Callable[[Any], Any]) -> None:
    recipe: Recipe = st.session_state[_RECIPE]
    try:
        value = read(st.session_state[key])
        if setting.startswith(_AUGMENT):
            augment = recipe.augment or Augment()
            setting, value = "augment", replace(augment, **{setting.removeprefix(_AUGMENT): value})
        st.session_state[_RECIPE] = recipe.changed(**{setting: value})
    except TrainingError as error:  # the widget goes back to what was right
        complain(str(error))
