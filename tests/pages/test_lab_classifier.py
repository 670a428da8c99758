"""The station From features to classes."""

import dataclasses
import math
import re

import numpy as np
import pytest

from core import images, models
from core.inside.last_layer import last_layer
from core.predict import classify
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words
from ui import hand
from ui.lab.classifier import bench

HERE = {"view": "classifier", "sample": "chelsea"}
SOFTMAX = {**HERE, "classifier": "softmax"}


def cat():
    return images.read_file(images.sample("chelsea").path)


def test_classifier__code_gives_the_models_own_logit(open_page):
    app = open_page(PAGE, **HERE)
    assert not app.exception
    own = last_layer(models.load(), cat())
    best = own.logits.max()
    assert run_code(app)["logit"].item() == pytest.approx(best, abs=5e-3)
    filled_in = app.latex[-1].value
    assert f"mathbf{{{best:.3f}}}" in filled_in
    assert f"{best:.3f}." in words(app)  # of the class activation map


def test_classifier__another_class_of_the_address(open_page):
    app = open_page(PAGE, target="30", **HERE)
    own = last_layer(models.load(), cat())
    assert run_code(app)["logit"].item() == pytest.approx(own.logits[30], abs=5e-3)


def test_classifier__question_checks_itself(open_page):
    app = open_page(PAGE, **HERE)
    share = float(app.table[0].value["$w f$"].iloc[0])
    logit = last_layer(models.load(), cat()).logits.max()
    assert answer(app, share).warning
    assert answer(app, round(float(logit) - share, 2)).success


@pytest.mark.parametrize("temperature", [0.1, 1.0, 7.5])
def test_classifier__softmax_by_hand_is_the_code_at_every_temperature(open_page, temperature):
    app = open_page(PAGE, **SOFTMAX)
    app.slider(key="lab_temperature").set_value(temperature).run()
    app.slider(key="lab_logit_shift").set_value(-7).run()
    assert not app.exception
    shown = [float(cell) for cell in list(app.table[0].value["Probability $p$"])]
    assert run_code(app)["probabilities"].tolist() == pytest.approx(shown[:-1], abs=1e-3)
    assert shown[-1] == 1
    if temperature == 1:
        best = classify(models.load(), cat()).top(5)
        assert shown[:5] == pytest.approx([p.probability for p in best], abs=1e-4)


def test_classifier__powers_beyond_all_numbers_are_said_to_be(open_page):
    app = open_page(PAGE, **SOFTMAX)
    app.slider(key="lab_temperature").set_value(0.1).run()
    app.slider(key="lab_logit_shift").set_value(20).run()
    assert not app.exception
    overflows = last_layer(models.load(), cat()).logits.max() + 20 > 70.9
    assert ("beyond the largest number" in words(app)) == overflows


def test_classifier__ratio_of_two_probabilities(open_page):
    app = open_page(PAGE, **SOFTMAX)
    first, second = sorted(last_layer(models.load(), cat()).logits, reverse=True)[:2]
    assert answer(app, math.exp(first - second)).warning
    assert answer(app, math.exp((first - second) / 2)).success


@pytest.mark.parametrize("times", [1, 500, -500])
def test_classifier__logits_far_apart_are_asked_about_at_a_high_temperature(
    open_page, monkeypatch, times
):
    own = last_layer(models.load(), cat())
    logits = own.logits * times - (5000 if times < 0 else 0)
    far = dataclasses.replace(own, logits=logits)
    monkeypatch.setattr(bench, "last_layer", lambda *_: far)
    app = open_page(PAGE, **SOFTMAX)
    assert not app.exception
    assert not app.error
    assert ("All powers are below" in words(app)) == (times < 0)
    first, second = sorted(logits.tolist(), reverse=True)[:2]
    hot = max(2, math.ceil((first - second) / 5))
    assert answer(app, math.exp((first - second) / hot)).success


@pytest.mark.parametrize("part", ["logit", "softmax"])
def test_classifier__one_pixel_is_a_picture_too(open_page, monkeypatch, tmp_path, part):
    dot = tmp_path / "dot.png"
    cat().image.crop((0, 0, 1, 1)).save(dot)
    held = hand.HeldPicture("Dot", dot.read_bytes(), {"sample": "chelsea"})
    monkeypatch.setattr(hand, "_sample", lambda _: held)
    app = open_page(PAGE, classifier=part, **HERE)
    assert not app.exception
    assert not app.error


def test_classifier__untrained_weights_of_zero_are_told_from_features_of_zero(open_page):
    app = open_page(PAGE, model="untrained/vit_b_16", **HERE)
    assert not app.exception
    said = words(app).replace("\\", "")
    assert "untrained/vit_b_16 has learnt nothing yet" in said
    assert "All weights of all classes are zero" in said
    assert "all classes are alike" in said
    own = last_layer(models.load("untrained/vit_b_16"), cat())
    assert own.features.any()
    assert not own.weights.any()
    assert np.ptp(own.logits) == 0


def test_classifier__brackets_stand_around_negative_numbers_alone(open_page):
    filled_in = open_page(PAGE, model="plain/lenet-5", **HERE).latex[-1].value
    assert not re.search(r"\(\d|[+=t] -", filled_in)  # none around others, none without
