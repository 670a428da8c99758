"""What a network is shown: exactly what it will see later, or changed as the seed says."""

import numpy as np
import pytest
import torch

from core import models
from core.models.preprocess import own_preprocess
from core.training.material.augmenting import pipeline
from core.training.material.pictures import Pictures, Rows
from core.training.recipe import Augment
from tests.core.training.lessons import Patches

PLAIN = own_preprocess(
    {"input_size": 16, "resize": "bilinear", "mean": (0.4, 0.5, 0.6), "std": (0.2, 0.3, 0.25)}
)
ALL = Augment(crop=0.3, flip=True, rotate=20, colour=0.5, erase=0.5)
CPU = torch.device("cpu")


def pictures(augment=None, seed=0, dataset=None):
    return Pictures(dataset or Patches(side=24), PLAIN, augment, seed)


def test_batches__are_what_the_model_sees():
    from core.images import read_image

    dataset = Patches(side=24)
    found = next(pictures().batches([np.array([3, 1])], CPU))
    for row, at in enumerate((3, 1)):
        wanted = PLAIN(read_image(dataset.read(at), "x").image)
        assert found[row] == pytest.approx(wanted, abs=1e-6)


def test_batches__of_the_bundled_model_are_those_of_classify():
    from core.images import read_image

    model = models.load(device="cpu")
    dataset = Patches(side=100)
    found = next(Pictures(dataset, model.preprocess, None, 0).batches([np.array([5])], CPU))
    assert found[0] == pytest.approx(model.preprocess(read_image(dataset.read(5), "x").image))


def test_shown__depends_on_seed_epoch_and_picture_alone():
    one, other = pictures(ALL), pictures(ALL)
    first = one.shown(4, 2)
    for at in range(8):
        other.shown(at, 0)
    torch.rand(7)
    assert torch.equal(other.shown(4, 2), first)
    assert not torch.equal(one.shown(4, 3), first)
    assert not torch.equal(pictures(ALL, seed=1).shown(4, 2), first)
    assert not torch.equal(one.shown(7, 2), first)


def test_shown__is_the_same_whether_it_was_read_before_or_not():
    read, fresh = pictures(ALL), pictures(ALL)
    everything = np.arange(24)
    assert read.read(everything, everything) == {}
    assert torch.equal(read.shown(4, 2), fresh.shown(4, 2))


@pytest.mark.parametrize("augment", [None, ALL, Augment(crop=1.0, flip=True)])
def test_batches__have_the_size_that_is_asked_for(augment):
    found = pictures(augment).batches([np.arange(4), np.arange(2)], CPU, epoch=1)
    assert [tuple(batch.shape) for batch in found] == [(4, 3, 16, 16), (2, 3, 16, 16)]
    if augment:
        sizes = pictures(augment).batches(
            [np.arange(4), np.arange(2)], CPU, epoch=1, size=lambda number: (8, None)[number]
        )
        assert [tuple(batch.shape) for batch in sizes] == [(4, 3, 8, 8), (2, 3, 16, 16)]


def test_read__names_what_cannot_be_read_and_keeps_the_rest():
    class Broken(Patches):
        def _read(self, i):
            return b"no picture" if i == 2 else super()._read(i)

    found = pictures(ALL, dataset=Broken()).read(np.arange(6), np.arange(3))
    assert list(found) == [2]
    assert found[2]


def test_read__keeps_nothing_where_memory_is_short(monkeypatch):
    import psutil

    class Memory:
        available = 0

    monkeypatch.setattr(psutil, "virtual_memory", Memory)
    source = pictures(ALL)
    source.read(np.arange(6), np.arange(3))
    assert not source._crops
    assert not source._whole
    assert torch.equal(source.shown(1, 0), pictures(ALL).shown(1, 0))


@pytest.mark.parametrize("change", ["flip", "rotate", "colour", "erase", "crop"])
def test_pipeline__each_change_changes_and_none_does_nothing(change):
    still = Augment(crop=1.0, flip=False)
    values = {"flip": True, "rotate": 30.0, "colour": 1.0, "erase": 1.0, "crop": 0.2}
    pixels = torch.randint(0, 256, (3, 16, 16), dtype=torch.uint8)
    assert torch.equal(pipeline(still, 16, "bilinear")(pixels), pixels)
    fields = {"crop": 1.0, "flip": False} | {change: values[change]}
    torch.manual_seed(0)
    changed = [pipeline(Augment(**fields), 16, "bilinear")(pixels) for _ in range(8)]
    assert any(not torch.equal(one, pixels) for one in changed)
    assert all(one.shape == pixels.shape and one.dtype == torch.uint8 for one in changed)


def test_rows__gives_the_features_of_positions():
    features = np.arange(6, dtype=np.float32).reshape(3, 2)
    rows = Rows(features, np.array([10, 20, 30]))
    found = next(rows.batches([np.array([30, 10])], CPU))
    assert found.tolist() == [[4, 5], [0, 1]]
