"""The training of the bundled model goes on where it stopped, and ends where it would have."""

import argparse
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from PIL import Image

from tools import train_bundled as recipe


@pytest.fixture
def tiny_data(tmp_path):
    """Parquet as the script wants it: 48 pictures of six classes for each split."""
    noise = np.random.default_rng(0)

    def picture(bright: bool) -> bytes:
        pixels = noise.integers(128 * bright, 128 * bright + 128, (64, 64, 3), np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "PNG")
        return buffer.getvalue()

    for name in ("train-0", "val"):
        rows = [(picture(i % 2 == 1), f"n0000000{i % 6}") for i in range(48)]
        table = pa.table({"image": [r[0] for r in rows], "wnid": [r[1] for r in rows]})
        pq.write_table(table, tmp_path / f"{name}.parquet")
    return tmp_path


def settings(data, work) -> argparse.Namespace:
    return argparse.Namespace(data=data, work=work, epochs=3, seed=0, bf16=False)


def test_train__interrupted_and_resumed_ends_in_the_same_weights(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "BATCH", 16)
    recipe.train(settings(tiny_data, tmp_path / "straight"))

    def stop(*_args):
        raise KeyboardInterrupt

    real = recipe.evaluate
    calls = []
    monkeypatch.setattr(
        recipe, "evaluate", lambda *a: stop() if calls.append(1) or len(calls) == 2 else real(*a)
    )
    with pytest.raises(KeyboardInterrupt):
        recipe.train(settings(tiny_data, tmp_path / "twice"))
    monkeypatch.setattr(recipe, "evaluate", real)
    recipe.train(settings(tiny_data, tmp_path / "twice"))

    straight, twice = (
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)
        for name in ("straight", "twice")
    )
    assert [e["epoch"] for e in twice["history"]] == [1, 2, 3]
    for name, tensor in straight["model"].items():
        torch.testing.assert_close(twice["model"][name], tensor)


def test_train__another_recipe_does_not_go_on_from_this_one(tiny_data, tmp_path, monkeypatch):
    monkeypatch.setattr(recipe, "BATCH", 16)
    recipe.train(settings(tiny_data, tmp_path / "work"))
    other = settings(tiny_data, tmp_path / "work")
    other.seed = 1
    with pytest.raises(SystemExit, match="other settings"):
        recipe.train(other)


def test_learning_rate__rises_then_falls_to_zero():
    rates = [recipe.learning_rate(i / 100) for i in range(101)]
    assert max(rates) == pytest.approx(recipe.PEAK_LR)
    assert rates[0] == 0
    assert rates[-1] == pytest.approx(0)
    peak = rates.index(max(rates))
    assert rates[: peak + 1] == sorted(rates[: peak + 1])
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_augment__whole_picture_unmirrored_is_the_identity(monkeypatch):
    monkeypatch.setattr(recipe, "CROP_AREA", (1.0, 1.0))
    monkeypatch.setattr(recipe, "CROP_ASPECT", (1.0, 1.0))
    batch = torch.rand(64, 3, 64, 64)
    out = recipe.augment(batch, 64, torch.Generator().manual_seed(0))
    mirrored = batch.flip(3)
    same = [torch.allclose(o, b, atol=1e-4) for o, b in zip(out, batch, strict=True)]
    flipped = [torch.allclose(o, m, atol=1e-4) for o, m in zip(out, mirrored, strict=True)]
    assert all(s != f for s, f in zip(same, flipped, strict=True))
    assert 16 < sum(flipped) < 48
