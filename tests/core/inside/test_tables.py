"""Feature maps as files."""

import csv
import io

import numpy as np
from PIL import Image

from core.inside import FeatureMaps, Layer
from core.inside.tables import activations_npz, channels_csv

MAPS = np.array([[[0.0, 1.0], [2.0, 5.0]], [[0.0, 0.0], [0.0, 0.0]]], np.float32)


def maps() -> FeatureMaps:
    names = dict.fromkeys(Layer.__dataclass_fields__) | {"name": "relu#2"}
    return FeatureMaps(Layer(**names), MAPS, Image.new("RGB", (2, 2)))


def test_activations_npz__gives_back_the_maps():
    read = np.load(io.BytesIO(activations_npz(MAPS, "relu#2")), allow_pickle=False)
    np.testing.assert_array_equal(read["activations"], MAPS)
    assert read["activations"].dtype == np.float32
    assert str(read["layer"]) == "relu#2"


def test_channels_csv__has_a_row_for_each_channel():
    first, second = csv.DictReader(io.StringIO(channels_csv(maps())))
    assert {name: float(value) for name, value in first.items()} == {
        "channel": 0,
        "mean": 2,
        "minimum": 0,
        "maximum": 5,
        "zeros": 0.25,
        "dead": 0,
    }
    assert second["dead"] == "1"
