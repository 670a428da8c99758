"""Training, validation and test parts."""

import hashlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import data
from core.data import splits
from core.data.splits import Split, digests, split
from core.errors import DataError
from tests.core.data.memory import MemoryDataset


def pets(*counts: int) -> MemoryDataset:
    """As many different pictures of a, b, c... as given."""
    labels = [chr(ord("a") + at) for at, count in enumerate(counts) for _ in range(count)]
    return MemoryDataset([f"picture {i}".encode() for i in range(len(labels))], labels)


def divided(dataset: data.Dataset, **options: Any) -> Split:
    return split(dataset, digests(dataset), **options)


def per_class(dataset: data.Dataset, parts: Split) -> list[tuple[int, int, int]]:
    return [
        tuple(int((dataset.labels[part] == at).sum()) for part in vars(parts).values())
        for at in range(len(dataset.classes))
    ]


def contents(dataset: data.Dataset, part: np.ndarray) -> set[bytes]:
    return {dataset.read(i) for i in part}


def test_split__small_cases() -> None:
    counts = (1, 2, 3, 5, 9, 10, 13, 100)
    dataset = pets(*counts)
    assert per_class(dataset, divided(dataset)) == [
        *[(1, 0, 0), (1, 1, 0), (2, 1, 0), (4, 1, 0), (7, 2, 0)],
        *[(6, 2, 2), (7, 3, 3), (60, 20, 20)],
    ]


@pytest.mark.parametrize(
    ("validation", "test", "expected"),
    [
        (0, 0, (20, 0, 0)),
        (0, 0.5, (10, 0, 10)),
        (0.01, 0, (19, 1, 0)),
        (0.99, 0, (1, 19, 0)),
        (0.01, 0.98, (1, 1, 18)),
        (0.125, 0.125, (14, 3, 3)),  # halves go up
    ],
)
def test_split__shares(validation: float, test: float, expected: tuple[int, ...]) -> None:
    dataset = pets(20)
    assert per_class(dataset, divided(dataset, validation=validation, test=test)) == [expected]


@pytest.mark.parametrize(("validation", "test"), [(0.5, 0.5), (-0.1, 0.2), (0.2, -0.1), (1, 0)])
def test_split__nothing_left_for_training(validation: float, test: float) -> None:
    with pytest.raises(DataError, match="leave nothing for training"):
        divided(pets(20), validation=validation, test=test)


def test_split__is_what_the_hashes_say() -> None:
    dataset = pets(10)
    known = digests(dataset)
    assert known[3] == hashlib.sha256(b"picture 3").hexdigest()
    order = sorted(range(10), key=lambda i: hashlib.sha256(f"7 {known[i]}".encode()).digest())
    parts = split(dataset, known, seed=7)
    assert parts.test.tolist() == sorted(order[:2])
    assert parts.validation.tolist() == sorted(order[2:4])
    assert parts.train.dtype == np.int64


def test_split__seeds_differ_and_one_seed_does_not() -> None:
    dataset = pets(30, 40)
    assert divided(dataset, seed=3).test.tolist() == divided(dataset, seed=3).test.tolist()
    assert len({tuple(divided(dataset, seed=seed).test) for seed in range(10)}) == 10


def test_split__validation_does_not_touch_the_test() -> None:
    dataset = pets(30, 40)
    tests = [divided(dataset, validation=share).test.tolist() for share in (0, 0.1, 0.3, 0.7)]
    assert tests == [tests[0]] * 4


def test_split__copies_with_two_labels_stay_together() -> None:
    dataset = MemoryDataset([b"same"] * 30 + [b"a", b"b"], ["a"] * 15 + ["b"] * 15 + ["a", "b"])
    parts = divided(dataset)
    # Different pictures count: a has two, and b, whose copies go with a, has one.
    assert len(parts.test) == 0
    assert len(parts.validation) in (1, 30)
    assert len(parts.train) + len(parts.validation) == 32


def test_split__unreadable_are_in_no_part() -> None:
    dataset = MemoryDataset([None, b"1", b"2", None], ["a"] * 4)
    assert digests(dataset)[0] is None
    parts = divided(dataset)
    assert sorted([*parts.train, *parts.validation]) == [1, 2]


def test_split__the_test_that_a_data_set_keeps() -> None:
    own = [False] * 18 + [True] * 2
    pictures = [b"%d" % i for i in range(19)] + [b"0"]
    parts = divided(MemoryDataset(pictures, ["a"] * 10 + ["b"] * 10, own))
    assert parts.test.tolist() == [0, 18, 19]  # 0 is a copy of 19
    assert len(parts.validation) == 2 + 2
    drawn = data.open("shapes")
    # Names will do for hashes here: no picture comes twice.
    parts = split(drawn, [drawn.file(i) for i in range(len(drawn))])
    assert parts.test.tolist() == np.flatnonzero(drawn.own_test).tolist()
    assert np.bincount(drawn.labels[parts.validation]).tolist() == [20] * 8


def test_split__nothing_to_split() -> None:
    parts = divided(MemoryDataset([None], ["a"]))
    assert [part.tolist() for part in vars(parts).values()] == [[], [], []]


def test_digests__progress_and_stop() -> None:
    seen: list[tuple[int, int]] = []
    digests(pets(3), lambda *done: seen.append(done))
    assert seen == [(1, 3), (2, 3), (3, 3)]

    def stop(*_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        digests(pets(3), stop)


@given(
    pictures=st.lists(
        st.tuples(st.integers(0, 40) | st.none(), st.sampled_from("abc")), min_size=1, max_size=120
    ),
    seed=st.integers(0, 2**32),
    validation=st.floats(0, 0.49),
    test=st.floats(0, 0.49),
    order=st.randoms(use_true_random=False),
)
def test_split__properties(
    pictures: list[tuple[int | None, str]], seed: int, validation: float, test: float, order: Any
) -> None:
    def made(pairs: list[tuple[int | None, str]]) -> MemoryDataset:
        return MemoryDataset(
            [None if number is None else b"%d" % number for number, _ in pairs],
            [label for _, label in pairs],
        )

    options = {"seed": seed, "validation": validation, "test": test}
    dataset = made(pictures)
    parts = divided(dataset, **options)
    together = np.concatenate([parts.train, parts.validation, parts.test])
    assert sorted(together) == [i for i, (number, _) in enumerate(pictures) if number is not None]
    for part in vars(parts).values():
        assert part.tolist() == sorted(part)
    train, valid, tested = (contents(dataset, part) for part in vars(parts).values())
    assert not (train & valid or train & tested or valid & tested)

    # The same pictures in another order are split the same.
    shuffled = order.sample(pictures, len(pictures))
    again = made(shuffled)
    assert [contents(again, part) for part in vars(divided(again, **options)).values()] == [
        *(train, valid, tested)
    ]

    owned: dict[int, set[str]] = {}
    for number, label in pictures:
        if number is not None:
            owned.setdefault(number, set()).add(label)
    for label in "abc":
        own = {b"%d" % number for number, labels in owned.items() if min(labels) == label}
        if own:
            assert own & train
        if len(own) < splits.MIN_FOR_TEST:
            assert not own & tested
        if len(own) > 1 and validation > 0:
            assert own & valid
        if len(own) >= splits.MIN_FOR_TEST:
            assert abs(len(own & tested) - len(own) * test) <= 0.5
