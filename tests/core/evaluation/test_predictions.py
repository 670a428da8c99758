"""Answers, and the file that keeps them."""

import io
import pickle
import zipfile

import numpy as np
import pytest

from core.errors import RunError
from core.evaluation import TEST, VALIDATION, Predictions


@pytest.fixture
def four():
    return Predictions(
        np.array([7, 3, 5, 9]),
        np.array([VALIDATION, TEST, VALIDATION, TEST]),
        np.array([0, 1, 1, 0]),
        np.array([[0.9, 0.1], [0.6, 0.4], [0.2, 0.8], [0.4, 0.6]]),
    )


def test_predictions__worst_by_loss(four):
    assert four.predicted.tolist() == [0, 0, 1, 1]
    assert four.losses == pytest.approx(-np.log([0.9, 0.4, 0.8, 0.4]))
    assert four.worst(3).tolist() == [1, 3, 2]  # of equals the first
    assert four.worst(99).tolist() == [1, 3, 2, 0]
    assert four.worst(0).tolist() == []


def test_predictions__one_part(four):
    test = four.of(TEST)
    assert (test.positions.tolist(), test.labels.tolist(), test.before) == ([3, 9], [1, 0], None)
    assert len(four.of(VALIDATION).of(TEST)) == 0


def test_predictions__a_cell_of_the_confusions(four):
    assert four.cell(1, 0).tolist() == [1]
    assert four.cell(0, 0).tolist() == [0]


@pytest.mark.parametrize("before", [None, np.full((4, 2), 0.5)])
def test_predictions__come_back_as_they_were(four, before, tmp_path):
    kept = Predictions(four.positions, four.part, four.labels, four.probabilities, before)
    kept.save(tmp_path / "a.npz")
    kept.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()
    found = Predictions.load(tmp_path / "a.npz")
    for name, kind in (("positions", "i8"), ("part", "u1"), ("labels", "i8"),
                       ("probabilities", "f4"), ("before", "f4")):  # fmt: skip
        one, other = getattr(found, name), getattr(kept, name)
        assert (one is None) == (other is None)
        if one is not None:
            assert one.dtype == kind
            assert (one == other).all()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.npz", "b.npz"]


def test_predictions__of_no_pictures(tmp_path):
    empty = np.empty(0)
    Predictions(empty, empty, empty, np.empty((0, 3))).save(tmp_path / "none.npz")
    found = Predictions.load(tmp_path / "none.npz")
    assert (len(found), found.worst(5).tolist()) == (0, [])


@pytest.mark.parametrize(
    "change",
    [
        {"positions": np.zeros(3)},
        {"labels": np.array([0, 1, 2, 0])},
        {"labels": np.array([0, 1, -1, 0])},
        {"part": np.array([1, 2, 3, 1])},
        {"probabilities": np.zeros((3, 2))},
        {"probabilities": np.zeros(4)},
        {"before": np.zeros((4, 3))},
    ],
)
def test_predictions__arrays_that_do_not_fit_are_refused(four, change):
    fields = {name: getattr(four, name) for name in four.__dataclass_fields__}
    with pytest.raises(ValueError, match=r"label|part|shape"):
        Predictions(**{**fields, **change})


def test_load__a_file_that_is_not_there(tmp_path):
    with pytest.raises(RunError, match="cannot be read: No such file"):
        Predictions.load(tmp_path / "predictions.npz")


def test_load__damaged_anywhere_is_said(four, tmp_path):
    four.save(tmp_path / "whole.npz")
    whole = (tmp_path / "whole.npz").read_bytes()
    rng = np.random.default_rng(0)
    path = tmp_path / "damaged.npz"
    for cut in [0, 1, 2, 30, *rng.integers(0, len(whole), 60)]:
        path.write_bytes(whole[:cut])
        with pytest.raises(RunError, match="damaged"):
            Predictions.load(path)
    for at in rng.integers(0, len(whole), 300):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
        try:
            Predictions.load(path)  # some bytes say nothing
        except RunError as error:
            assert "damaged" in str(error)


def test_load__pickles_are_refused(four, tmp_path):
    path = tmp_path / "evil.npz"
    evil = io.BytesIO()
    np.save(evil, np.array([{"code": "x"}], object), allow_pickle=True)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("positions.npy", evil.getvalue())
    with pytest.raises(RunError, match="damaged"):
        Predictions.load(path)
    path.write_bytes(pickle.dumps([1, 2]))
    with pytest.raises(RunError, match="damaged"):
        Predictions.load(path)


def test_load__arrays_of_another_program(tmp_path):
    path = tmp_path / "other.npz"
    np.savez(path, weights=np.zeros(3))
    with pytest.raises(RunError, match="damaged"):
        Predictions.load(path)
