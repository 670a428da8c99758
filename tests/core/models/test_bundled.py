"""The bundled model is what its card says."""

import re

import pytest

from core import catalog, data, models, paths
from core.evaluation.shipped import shipped
from core.predict import Source, classify_many

FILE = paths.ASSETS / "models" / "small-resnet-tiny-imagenet.safetensors"
CARD = FILE.with_suffix(".md").read_text()


def test_bundled__is_small_and_no_worse_than_it_was():
    assert FILE.stat().st_size <= 12e6
    headline = shipped().headline  # that it is the card's is tested beside the card's tool
    assert headline.top1 > 0.54
    assert headline.top5 > 0.786
    assert headline.ece <= 0.05


def test_bundled__classes_are_two_hundred_of_imagenets():
    known = catalog.load()
    classes = models.load(device="cpu").classes
    assert len({c.wnid for c in classes}) == 200
    for c in classes:
        assert known.get(c.wnid).index is not None
        assert c.label == known.get(c.wnid).label


def test_bundled__a_late_stage_has_eight_by_eight_cells_or_more():
    import torch

    model = models.load(device="cpu")
    size = model.preprocess.input_size
    seen = []
    with model.lock, torch.inference_mode():
        hook = model.module.layer4.register_forward_hook(lambda *args: seen.append(args[2].shape))
        try:
            model.module(torch.zeros(1, 3, size, size))
        finally:
            hook.remove()
    assert min(seen[0][-2:]) >= 8


@pytest.mark.soak  # the shipped answers are compared with the card always
@pytest.mark.shared_data
def test_bundled__accuracy_is_the_cards(shared_data):
    """A fifth of the validation pictures, so three standard errors of that sample are allowed."""
    val = data.open(shared_data / "tiny-imagenet-200" / "val.parquet")
    rows = range(0, len(val), 5)
    sources = [Source(str(i), lambda i=i: val.read(i)) for i in rows]
    answers = classify_many(models.load(device="cpu"), sources)
    right = sum(
        answer.top(1)[0].wnid == val.classes[val.labels[i]].wnid
        for i, answer in zip(rows, answers, strict=True)
    )
    stated = float(re.search(r"top-1 \| \*\*([\d.]+)%", CARD)[1]) / 100
    assert right / len(rows) == pytest.approx(stated, abs=3 * (0.25 / len(rows)) ** 0.5)
