"""The recipe as a file: saved, and taken from one."""

import json

import streamlit as st

from core import models
from core.errors import NetlensError
from core.training import Recipe, from_json
from ui import hand
from ui.fine_tune import draft, model_step

_UPLOAD = "tune_recipe_upload"
_LONGEST = 100_000  # bytes


def draw(recipe: Recipe) -> None:
    """A button that saves the draft, and a place to drop one that was saved."""
    with st.popover("Recipe as a file", icon=":material/data_object:", type="tertiary"):
        st.download_button(
            "Save this recipe",
            json.dumps(recipe.as_json(), indent=2),
            "recipe.json",
            "application/json",
            icon=":material/download:",
            on_click="ignore",
        )
        st.file_uploader(
            "Take one from a file",
            type="json",
            max_upload_size=1,
            key=_UPLOAD,
            on_change=_take_upload,
        )
        st.caption("The data stay as they are chosen above; all else is as the file says.")


def use(recipe: Recipe) -> None:
    """Go on with a recipe, in a callback; the data stay as they are chosen."""
    hand.take_models([recipe.model])
    model_step.take_mode(recipe.tune)
    draft.take(recipe)


def _take_upload() -> None:
    upload = st.session_state[_UPLOAD]
    if upload is None:
        return
    if upload.size > _LONGEST:
        draft.complain(f"{upload.name} is too long to be a recipe.")
        return
    try:
        use(checked(upload.getvalue().decode("utf-8")))
    except UnicodeDecodeError:
        draft.complain(f"{upload.name} is no JSON, so it cannot be a recipe.")
    except NetlensError as error:
        draft.complain(str(error))


def checked(source: str | dict[str, object]) -> Recipe:
    """A recipe whose model is known. Raises TrainingError and ModelError."""
    recipe = from_json(source)
    models.info(recipe.model)
    return recipe
