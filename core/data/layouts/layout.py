"""What is known about a data set before its pictures are listed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Box = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax in pixels, both ends inclusive."""


@dataclass(frozen=True)
class PictureFolder:
    """A folder, or an archive, with pictures."""

    path: str
    """Within the data set, with slashes; empty for the data set's own folder."""
    key: str | None
    """What names the class of all its pictures; None where each picture has its own answer."""
    part: str = ""
    """train, val, validation, valid or test, as it is written there; empty without parts."""


@dataclass(frozen=True)
class Answers:
    """What is said about single pictures, by the names of their files without folder and suffix."""

    keys: Mapping[str, str] = field(default_factory=dict)
    """What names the class of each."""
    boxes: Mapping[str, Box] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """The folders of a data set in the order of its pictures."""

    folders: tuple[PictureFolder, ...]
    answers: Answers = Answers()
    """For the pictures of folders without a key; those without an answer are left out."""
    more_boxes: Callable[[], Mapping[str, Box]] = dict
    """Reads the boxes that other files tell, by names as in `Answers`; DataError if damaged."""
    label_of: Callable[[str], str] = str
    """The label, or wnid, that a key stands for."""
    links: int = 0
    """Links to folders that lead out of the data set, and are not among ``folders``."""


def stem(name: str) -> str:
    """The name of a file without its folder and suffix."""
    return name.rpartition("/")[2].rpartition(".")[0]
