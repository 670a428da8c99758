"""The hand-made table of quirks, checked against the catalogue and against ReaL's labels."""

import importlib.util
import json
import re
from collections import defaultdict
from pathlib import Path

import pytest

from core import catalog
from core.catalog import quirks

CATALOG = catalog.load()
ROWS = quirks.read()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.kind} {row.classes}")
def test_row__names_its_classes_right_and_says_why(row):
    assert row.kind in quirks.KINDS
    assert [CATALOG.at(index).label for index, _ in row.classes] == [
        name for _, name in row.classes
    ]
    assert row.note.endswith(".")
    assert row.source


def test_rows__are_all_different():
    assert len({(row.kind, row.classes) for row in ROWS}) == len(ROWS) == 103


def test_shared_names__are_complete():
    classes_of = defaultdict(set)
    for synset in CATALOG.classes("1k"):
        for lemma in synset.lemmas:
            classes_of[lemma.casefold()].add(synset.index)
    shared = {frozenset(indices) for indices in classes_of.values() if len(indices) > 1}
    listed = {frozenset(i for i, _ in row.classes) for row in ROWS if row.kind == "shared name"}
    assert listed == shared


def test_counts__are_those_of_the_real_labels():
    """Beyer et al., "Are we done with ImageNet?", 2020; timm carries the labels."""
    timm = importlib.util.find_spec("timm")
    if timm is None:
        pytest.skip("timm, which carries the labels, is not installed")
    file = Path(timm.origin).parent / "data" / "_info" / "imagenet_real_labels.json"
    pictures_of = defaultdict(set)
    for picture, indices in enumerate(json.loads(file.read_text())):
        for index in indices:
            pictures_of[index].add(picture)
    checked = 0
    for row in ROWS:
        if counts := re.search(r"(\d+) of (\d+) pictures", row.source):
            indices = [index for index, _ in row.classes]
            if len(indices) == 2:
                one, other = (pictures_of[index] for index in indices)
                expected = (len(one & other), len(one | other))
                assert tuple(map(int, counts.groups())) == expected, row.note
                checked += 1
    assert checked > 60


def test_quirks__of_sunglass():
    sunglass, sunglasses = CATALOG.at(836), CATALOG.at(837)
    kinds = {quirk.kind for quirk in CATALOG.quirks(sunglass.wnid)}
    assert kinds == {"near synonyms", "misleading definition"}
    assert CATALOG.look_alikes(sunglass.wnid) == (sunglasses,)
    assert CATALOG.look_alikes(sunglasses.wnid) == (sunglass,)


def test_quirks__are_none_where_there_are_none():
    assert CATALOG.quirks("n01440764") == ()
    assert CATALOG.look_alikes(CATALOG.root.wnid) == ()
