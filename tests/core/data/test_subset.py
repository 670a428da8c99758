"""Some classes of a data set."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core import data
from core.data.splits import digests, split
from core.errors import DataError
from tests.core.data.memory import MemoryDataset


def letters() -> MemoryDataset:
    names = list("cabcab")
    own = [False, True, False, False, False, True]
    return MemoryDataset([f"{i}".encode() for i in range(6)], names, own)


def test_choose__labels_anew_and_positions_back() -> None:
    chosen = data.choose(letters(), ["c", "a"])
    assert [known.label for known in chosen.classes] == ["a", "c"]  # in the data set's order
    assert chosen.labels.tolist() == [1, 0, 1, 0]
    assert chosen.labels.dtype == np.int64
    assert chosen.positions.tolist() == [0, 1, 3, 4]
    assert [chosen.read(i) for i in range(4)] == [b"0", b"1", b"3", b"4"]
    assert chosen.file(3) == "4.png"
    assert chosen.own_test.tolist() == [False, True, False, False]
    assert chosen.name == "pets"
    assert chosen.mask(0) is None
    assert chosen.boxes is None


def test_choose__positions_end_where_the_view_ends() -> None:
    chosen = data.choose(letters(), ["a"])
    for i in (-1, 2):
        with pytest.raises(DataError, match="pictures 0 to 1"):
            chosen.read(i)


def test_choose__all_classes_is_the_same_set() -> None:
    whole = letters()
    chosen = data.choose(whole, map(data.key_of, whole.classes))
    assert chosen.classes == whole.classes
    assert chosen.labels.tolist() == whole.labels.tolist()


def test_choose__masks_and_boxes_go_along() -> None:
    drawn = data.open("shapes")
    chosen = data.choose(drawn, ["star", "heart"])
    for i in (0, 7, len(chosen) - 1):
        assert (chosen.mask(i) == drawn.mask(int(chosen.positions[i]))).all()
    assert chosen.own_test.sum() == 100


def test_choose__boxes(parquet: Callable[..., Path]) -> None:
    sides = {side: [0.0, 1.0, 2.0] for side in ("xmin", "ymin", "xmax", "ymax")}
    path = parquet(image=[b"x", b"y", b"z"], label=["a", "b", "a"], **sides)
    assert data.choose(data.open(path), ["a"]).boxes[:, 0].tolist() == [0, 2]


def test_choose__a_wnid_or_the_only_class_of_that_label(folder: Path) -> None:
    pets = data.open(folder)
    for key in ("n02084071", "dog"):
        assert data.choose(pets, [key]).positions.tolist() == [1, 2]


def test_choose__the_bird_and_the_machine(tmp_path: Path) -> None:
    for name in ("n02012849", "n03126707"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"x")
    cranes = data.open(tmp_path)
    assert data.choose(cranes, ["n03126707"]).positions.tolist() == [1]
    with pytest.raises(DataError, match=r"several classes called crane.*n02012849, n03126707"):
        data.choose(cranes, ["crane"])
    (tmp_path / "crane").mkdir()
    (tmp_path / "crane" / "1.png").write_bytes(b"x")
    cranes = data.open(tmp_path)
    assert data.choose(cranes, ["crane"]).classes == (data.DataClass("crane"),)


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([], "Choose at least one class of pets"),
        (["a", "d"], "no class 'd'; it has a, b, c."),
        (["x" * 500], "no class 'x{80}';"),
    ],
)
def test_choose__what_is_not_there(keys: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        data.choose(letters(), keys)


def test_choose__names_what_is_much_like_it() -> None:
    with pytest.raises(DataError, match="much like it are star"):
        data.choose(data.open("shapes"), ["stars"])


def test_choose__parts_of_a_class_do_not_depend_on_the_others() -> None:
    whole = MemoryDataset([f"{i}".encode() for i in range(90)], ["a", "b", "c"] * 30)
    chosen = data.choose(whole, ["a", "c"])
    parts, of_all = (split(one, digests(one)) for one in (chosen, whole))
    for part, all_of_it in zip(vars(parts).values(), vars(of_all).values(), strict=True):
        kept = [at for at in all_of_it.tolist() if whole.labels[at] != 1]
        assert chosen.positions[part].tolist() == kept
