"""Augmentation: changes that leave the label true, and what they do to an answer."""

from core.lab.augmentation import CHANGES
from ui import address
from ui.lab.augmentation import at_random, change, mix
from ui.lab.station import Station
from ui.subject import Subject

_MIXES = {"mixup": "Mixup", "cutmix": "CutMix"}
_KINDS = {
    **{kind: change.title for kind, change in CHANGES.items()},
    "erasing": change.ERASING.title,
    **_MIXES,
    "random": "All at once",
}


def draw(seen: Subject) -> None:
    """The bench."""
    kind = address.pills("Change", "augmentation", _KINDS, "lab_augmentation_kind")
    if kind == "random":
        at_random.draw(seen)
    elif kind in _MIXES:
        mix.draw(seen, kind)
    else:
        change.draw(seen, kind)


STATION = Station(
    "Augmentation",
    ":material/auto_awesome_motion:",
    "A picture that is mirrored, cropped or darker still shows the same. Training on such changed "
    "pictures teaches a network what does not matter. Here: what does a trained one make of them?",
    (
        "Compare *horizontal* and *vertical* under *Flips*. Photographs are rarely upside down, "
        "and training mirrors them sideways only: the one costs little, the other a lot.",
        "Turn the picture under *Rotation*. The cat is recognised for some degrees to either side, "
        "and no further. Then take the sample *Coffee*: a cup seen from above may turn all around.",
        "*Mixup* and *CutMix* change the label too. Dotted is what the label asks for, solid what "
        "the network says: half of each is not half of both. One picture drowns out the other.",
        "*All at once* is what a training sees: press *Again*, and no picture comes twice.",
    ),
    draw,
    with_subject=True,
    takes_time=True,
)
