"""Erasing, mixup and cutmix against the training's own arithmetic and torch."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.compat import mend_torchvision
from core.images import Box
from core.lab.mixing import box, cutmix, erase, mixed_target, mixup, share_left
from core.training.learning.mixing import mix

shares = st.floats(0, 1)


class Dice:
    """Throws what it was told to."""

    def __init__(self, share, row=0, column=0):
        self._share, self._places = share, [row, column]

    def beta(self, *_):
        return self._share

    def integers(self, _):
        return self._places.pop(0)

    def random(self):
        return 0.0


def pair(size, seed=0):
    return np.random.default_rng(seed).normal(size=(2, 3, size, size)).astype(np.float32)


@given(share=shares, size=st.integers(1, 40), across=shares, down=shares)
def test_cutmix__is_the_trainings_with_its_label(share, size, across, down):
    first, second = pair(size)
    where = box(1 - share, size, across, down)
    row, column = (min(int(place * size), size - 1) for place in (down, across))
    inputs, targets = mix(
        torch.from_numpy(np.stack([first, second])),
        torch.tensor([0, 1]),
        0,
        1,
        Dice(share, row, column),
    )
    assert np.array_equal(cutmix(first, second, where), inputs[0].numpy())
    assert share_left(where, size) == pytest.approx(targets.share)


@given(share=shares)
def test_mixup__is_the_trainings_with_its_label(share):
    first, second = pair(5)
    inputs, targets = mix(
        torch.from_numpy(np.stack([first, second])), torch.tensor([0, 1]), 1, 0, Dice(share)
    )
    assert mixup(first, second, share) == pytest.approx(inputs[0].numpy(), abs=1e-6)
    target = mixed_target(3, 0, 1, share)
    assert target == pytest.approx([targets.share, 1 - targets.share, 0])


@given(area=shares, size=st.integers(1, 40))
def test_box__in_the_middle_covers_its_share(area, size):
    where = box(area, size)
    assert 0 <= where.top <= where.bottom <= size
    assert where.area == pytest.approx(area * size * size, abs=4 * size)


def test_erase__is_torchvisions_with_black():
    mend_torchvision()
    from torchvision.transforms.v2 import functional

    image = Image.fromarray(np.full((8, 8, 3), 200, np.uint8))
    where = Box(1, 2, 4, 8)
    pixels = torch.from_numpy(np.array(image)).permute(2, 0, 1)
    expected = functional.erase(pixels, 1, 2, 3, 6, torch.zeros(1, dtype=torch.uint8))
    assert np.array_equal(np.asarray(erase(image, where)).transpose(2, 0, 1), expected.numpy())
    assert erase(image, box(0, 8)) == image


def test_mixed_target__of_one_class_twice_is_sure():
    assert mixed_target(3, 1, 1, 0.3) == pytest.approx([0, 1, 0])
