"""Heat maps as files."""

import io

import numpy as np
from PIL import Image

from core.inside import Heatmap, Target
from core.inside.evidence.export import file_name, heatmap_npz


def example(target: Target, method: str = "gradcam") -> Heatmap:
    raw = np.array([[1.0, -2.0, 3.0], [0.5, 0.0, -1.0]], np.float32)
    return Heatmap("test/net", "layer4", method, target, raw, 4.5, Image.new("RGB", (30, 20)))


def test_heatmap_npz__has_what_the_command_line_promises():
    heatmap = example(Target("tabby", (281,)))
    with np.load(io.BytesIO(heatmap_npz(heatmap)), allow_pickle=False) as kept:
        assert kept["raw"].dtype == kept["native"].dtype == kept["full"].dtype == np.float32
        assert (kept["raw"] == heatmap.raw).all()
        assert (kept["native"] == np.maximum(heatmap.raw, 0)).all()
        assert kept["full"].shape == (20, 30)
        assert (kept["full"] == heatmap.full()).all()
        assert str(kept["model"]) == "test/net"
        assert str(kept["layer"]) == "layer4"
        assert str(kept["method"]) == "gradcam"
        assert int(kept["target"]) == 281
        assert float(kept["score"]) == 4.5


def test_heatmap_npz__a_group_lists_its_classes():
    with np.load(io.BytesIO(heatmap_npz(example(Target("cat", (281, 282), (3,)))))) as kept:
        assert int(kept["target"]) == -1
        assert kept["plus"].tolist() == [281, 282]
        assert kept["minus"].tolist() == [3]


def test_file_name__is_safe_on_every_system():
    evil = Target("../..\\CON: <b>ü\n" * 9, (0,))
    name = file_name(example(evil, "gradcam++"), "png")
    assert name.startswith("netlens-gradcam-")
    assert name.endswith(".png")
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    assert len(name) < 80
    assert file_name(example(Target("→", (0,))), "npz") == "netlens-gradcam-map.npz"
