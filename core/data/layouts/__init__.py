"""Where the pictures of a data set lie within its folder, and who says what they show."""

from core.data.layouts.find import find
from core.data.layouts.layout import Answers, Layout, PictureFolder

__all__ = ["Answers", "Layout", "PictureFolder", "find"]
