"""The parts of the digits, wrong labels, and moved pictures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage
from sklearn.datasets import load_digits

from core.errors import DataError
from core.lab.overfitting.digits import SIDE, augmented, generator, split


def rows(digits):
    return {picture.numpy().tobytes() for picture in digits.pictures}


def test_split__parts_are_apart_and_hold_the_digits():
    parts = split(500, 0.0, 3)
    counts = [len(part.labels) for part in (parts.train, parts.validation, parts.test)]
    assert counts == [500, 300, 997]
    known = load_digits()
    everything = torch.cat([part.pictures for part in (parts.train, parts.validation, parts.test)])
    truths = torch.cat([part.truth for part in (parts.train, parts.validation, parts.test)])
    ours = sorted(zip(map(tuple, (everything * 16).tolist()), truths.tolist(), strict=True))
    theirs = sorted(zip(map(tuple, known.data.tolist()), known.target.tolist(), strict=True))
    assert ours == theirs


@settings(max_examples=25)
@given(pictures=st.integers(1, 499), wrong=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_split__wrong_labels_are_as_many_as_asked_and_never_the_truth(pictures, wrong, seed):
    train = split(pictures, wrong, seed).train
    assert int((train.labels != train.truth).sum()) == round(wrong * pictures)
    assert train.labels.min() >= 0
    assert train.labels.max() <= 9


@settings(max_examples=25)
@given(few=st.integers(1, 500), many=st.integers(1, 500), seed=st.integers(0, 99))
def test_split__fewer_pictures_are_the_beginning_and_the_rest_stays(few, many, seed):
    few, many = sorted((few, many))
    one, other = split(few, 0.2, seed), split(many, 0.2, seed)
    assert torch.equal(one.train.pictures, other.train.pictures[:few])
    assert torch.equal(one.validation.pictures, other.validation.pictures)
    assert torch.equal(one.test.truth, other.test.truth)
    assert not (rows(other.train) & rows(other.validation))


@pytest.mark.parametrize(("pictures", "wrong"), [(0, 0), (501, 0), (10, -0.1), (10, 1.1)])
def test_split__refuses_what_cannot_be_had(pictures, wrong):
    with pytest.raises(DataError, match="Choose 1 to 500"):
        split(pictures, wrong, 0)


def test_augmented__is_a_turn_and_a_shift_as_scipy_does_them(monkeypatch):
    picture = split(1, 0, 0).train.pictures
    drawn = torch.tensor([[0.9], [0.3], [0.8]])  # 2 u - 1 is the share of turn, right and down
    monkeypatch.setattr(torch, "rand", lambda *_, **__: drawn)
    moved = augmented(picture, torch.Generator()).view(SIDE, SIDE).numpy()
    angle = np.deg2rad(0.8 * 15)
    # a place (row, column) of the result takes its value from there in the picture
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    middle = np.full(2, (SIDE - 1) / 2)
    offset = middle + np.array([0.6, -0.4]) - turn @ middle
    square = np.pad(picture.view(SIDE, SIDE).numpy(), 4)
    padded = ndimage.affine_transform(
        square, turn, offset=offset + 4 - turn @ np.full(2, 4), order=1, output_shape=(16, 16)
    )
    assert moved == pytest.approx(padded[4:12, 4:12], abs=1e-5)


@settings(max_examples=25)
@given(seed=st.integers(0, 999))
def test_augmented__moves_little_and_stays_in_range(seed):
    spot = torch.zeros(1, SIDE, SIDE)
    spot[0, 3:5, 3:5] = 1
    moved = augmented(spot.view(1, -1), generator(seed, "test")).view(SIDE, SIDE)
    assert moved.min() >= 0
    assert moved.max() <= 1 + 1e-6
    assert moved.sum() == pytest.approx(4, rel=0.15)
    centre = np.array(ndimage.center_of_mass(moved.numpy()))
    assert np.abs(centre - 3.5).max() <= 1.2  # a pixel, and what the corners lose


def test_generator__purposes_and_seeds_draw_apart_and_the_shared_dice_stay():
    before = torch.random.get_rng_state()
    draws = {
        (seed, name): torch.rand(4, generator=generator(seed, name))
        for seed in (0, 1)
        for name in ("order", "moves")
    }
    assert len({tuple(draw.tolist()) for draw in draws.values()}) == 4
    assert torch.equal(draws[0, "order"], torch.rand(4, generator=generator(0, "order")))
    assert torch.equal(before, torch.random.get_rng_state())
