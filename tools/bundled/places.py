"""Where the parts of the bundled model lie."""

from core import models, paths

NAME = models.DEFAULT_MODEL.partition("/")[2]
MODEL = paths.ASSETS / "models" / f"{NAME}.safetensors"
RECIPES = tuple(paths.ASSETS / "recipes" / file for file in (f"{NAME}.json", f"{NAME}-2.json"))
"""The first trains from scratch, the second goes on from there."""
