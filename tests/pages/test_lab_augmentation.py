"""The station Augmentation."""

import re

import numpy as np
import pytest
import torch

from core import images, models
from core.compat import mend_torchvision
from core.inside.capture import run
from core.lab.augmentation import CHANGES
from core.lab.classifier import softmax
from core.predict import classify
from core.training.material.augmenting import own_dice, seeded
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words
from ui import hand

HERE = {"view": "augmentation", "sample": "chelsea"}
AMOUNTS = {
    "rotation": 45.0,
    "shear": -30.0,
    "saturation": 0.0,
    "hue": 0.2,
}


def cat():
    return images.read_file(images.sample("chelsea").path)


def probability(image):
    """Of the class that is predicted on the untouched picture."""
    model = models.load()
    best = classify(model, cat()).top(1)[0].index
    logits = run(model, model.preprocess(image)[None])[0]
    return softmax(logits)[best]


def metric(app):
    return float(app.metric[0].value.rstrip("%")) / 100


@pytest.mark.parametrize("kind", AMOUNTS)
def test_augmentation__the_code_changes_the_picture_as_the_page_does(open_page, kind):
    app = open_page(PAGE, augmentation=kind, **HERE)
    assert metric(app) == pytest.approx(probability(cat().image), abs=6e-4)
    app.slider(key=f"lab_augmentation_{kind}").set_value(AMOUNTS[kind]).run()
    assert not app.exception
    mend_torchvision()
    changed = run_code(app)["change"](cat().image)
    assert metric(app) == pytest.approx(probability(changed), abs=6e-3)
    expected = CHANGES[kind](cat().image, AMOUNTS[kind])
    assert np.abs(np.asarray(changed, int) - np.asarray(expected, int)).mean() < 0.1


@pytest.mark.parametrize("which", ["horizontal", "vertical", "both"])
def test_augmentation__flips(open_page, which):
    app = open_page(PAGE, **HERE)
    (chosen,) = [group for group in app.button_group if group.key == "lab_augmentation_flip"]
    chosen.set_value([which]).run()
    mend_torchvision()
    assert metric(app) == pytest.approx(probability(run_code(app)["change"](cat().image)), abs=6e-4)


def test_augmentation__crop_follows_its_place(open_page):
    app = open_page(PAGE, augmentation="crop", **HERE)
    app.slider(key="lab_augmentation_crop").set_value(0.3).run()
    app.slider(key="lab_augmentation_crop_across").set_value(0.9).run()
    assert not app.exception
    mend_torchvision()
    changed = run_code(app)["change"](cat().image)
    assert changed.width == changed.height == round(0.3**0.5 * 300)
    assert metric(app) == pytest.approx(probability(changed), abs=6e-4)
    assert "The curve is for the middle" in words(app)


def test_augmentation__erasing_wipes_out_what_the_formula_says(open_page):
    app = open_page(PAGE, augmentation="erasing", **HERE)
    app.slider(key="lab_augmentation_erasing").set_value(0.25).run()
    app.slider(key="lab_augmentation_erasing_down").set_value(0.0).run()
    assert not app.exception
    mend_torchvision()
    size = models.load().preprocess.input_size
    white = torch.full((3, size, size), 255, dtype=torch.uint8)
    share = (run_code(app)["change"](white) == 0).float().mean().item()
    assert f"mathbf{{{share:.3f}}}" in app.latex[-1].value


def test_augmentation__question_counts_the_filled_points(open_page):
    app = open_page(PAGE, augmentation="brightness", **HERE)
    model = models.load()
    best = classify(model, cat()).top(1)[0].index
    changed = [
        CHANGES["brightness"](cat().image, amount) for amount in CHANGES["brightness"].points
    ]
    logits = [run(model, model.preprocess(image)[None])[0] for image in changed]
    kept = sum(int(of.argmax()) == best for of in logits)
    assert answer(app, kept + 1).warning
    assert answer(app, kept).success


@pytest.mark.parametrize("kind", ["mixup", "cutmix"])
def test_augmentation__mixed_labels_and_their_loss(open_page, kind):
    app = open_page(PAGE, augmentation=kind, **HERE)
    app.slider(key="lab_mixing_share").set_value(0.4).run()
    assert not app.exception
    ran = run_code(app)
    (shown,) = re.findall(r"mathbf\{(.*?)\}", app.latex[-1].value)
    assert ran["loss"].item() == pytest.approx(float(shown), abs=1e-3)
    labels = [float(cell) for cell in app.table[0].value["Label $t$"]]
    assert sum(labels) == pytest.approx(1, abs=2e-3)
    assert ran["target"].tolist() == pytest.approx(labels[:-1], abs=1e-3)
    if kind == "mixup":
        assert labels[0] == pytest.approx(0.4)
        expected = 0.4 * ran["first"] + 0.6 * ran["second"]
        assert torch.allclose(ran["mixed"], expected)
    else:
        left = (ran["mixed"] == ran["first"]).float().mean().item()
        assert labels[0] == pytest.approx(left, abs=1e-3)


def test_augmentation__questions_of_mixtures(open_page):
    app = open_page(PAGE, augmentation="mixup", **HERE)
    assert answer(app, 0.97).success
    app = open_page(PAGE, augmentation="cutmix", **HERE)
    assert answer(app, 0.094).warning
    assert answer(app, 0.906).success


def test_augmentation__the_same_picture_twice_has_one_label(open_page):
    app = open_page(PAGE, augmentation="mixup", **HERE)
    app.selectbox(key="lab_mixing_second").select("chelsea").run()
    assert not app.exception
    assert list(app.table[0].value["Label $t$"]) == ["1.000", "0.000"]


def test_augmentation__all_at_once_is_the_trainings(open_page):
    app = open_page(PAGE, augmentation="random", **HERE)
    assert not app.exception
    before = [caption.value for caption in app.caption]
    mend_torchvision()
    change = run_code(app)["change"]
    size = models.load().preprocess.input_size
    own = np.asarray(cat().image.resize((size * 3 // 2, size)))
    pixels = torch.from_numpy(own.copy()).permute(2, 0, 1)
    with own_dice():
        assert seeded(change, pixels, 0, 0).shape == (3, size, size)
    (again,) = [button for button in app.button if button.label == "Again"]
    again.click().run()
    assert not app.exception
    assert [caption.value for caption in app.caption] != before


@pytest.mark.parametrize("part", ["crop", "rotation", "erasing", "cutmix", "random"])
def test_augmentation__one_pixel_is_a_picture_too(open_page, monkeypatch, tmp_path, part):
    dot = tmp_path / "dot.png"
    cat().image.crop((0, 0, 1, 1)).save(dot)
    held = hand.HeldPicture("Dot", dot.read_bytes(), {"sample": "chelsea"})
    monkeypatch.setattr(hand, "_sample", lambda _: held)
    app = open_page(PAGE, augmentation=part, **HERE)
    assert not app.exception
    assert not app.error
