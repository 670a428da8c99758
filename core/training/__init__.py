"""Fine-tuning: the recipe, the loop, and what goes into it.

`job.fine_tune` follows a recipe from the data set to the tuned model; `loop.train` is the part of
it that can be put on a slide.
"""

from core.training.recipe import TUNES, Augment, Recipe, Tune, from_json, suggest

__all__ = ["TUNES", "Augment", "Recipe", "Tune", "from_json", "suggest"]
