"""Features on the disk: the same bits, whatever was asked for before."""

import numpy as np
import pytest
import torch

from core import data, models, paths
from core.data.splits import digests
from core.training.material.features import features
from core.training.material.pictures import Pictures
from tests.core.training.test_job import colours


@pytest.mark.parametrize("first", [(0,), (35, 3, 3, 4), tuple(range(5, 36))])
def test_features__do_not_depend_on_what_is_kept_already(first, tmp_path, monkeypatch):
    dataset = data.open(str(colours(tmp_path / "colours")))
    known = digests(dataset)
    preprocess = models.tunable(models.DEFAULT_MODEL, [(None, "a"), (None, "b")]).preprocess
    pictures = Pictures(dataset, preprocess, None, 0)

    def of(positions):
        place = np.array(positions)
        return features(models.DEFAULT_MODEL, pictures, place, known, device=torch.device("cpu"))

    monkeypatch.setenv("NETLENS_HOME", str(tmp_path / "alone"))
    whole = of(range(36))
    monkeypatch.setenv("NETLENS_HOME", str(tmp_path / "later"))
    some, later = of(first), of(range(36))
    for wanted, found, part in zip(*map(_arrays, (whole, later, some)), strict=True):
        np.testing.assert_array_equal(found, wanted)
        np.testing.assert_array_equal(part, wanted[list(first)])
    assert len(list((paths.home() / "cache" / "features").glob("*.sqlite"))) == 1


def _arrays(found):
    return found.values, found.logits
