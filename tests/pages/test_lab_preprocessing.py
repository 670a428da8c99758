"""The station Preprocessing."""

import numpy as np
import pytest

from core import images, models
from core.compat import mend_torchvision
from core.predict import classify
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words
from ui import hand

HERE = {"view": "preprocessing", "sample": "chelsea"}


def cat():
    return images.read_file(images.sample("chelsea").path)


def test_preprocessing__the_pixel_follows_the_sliders_and_the_code_gives_it(open_page):
    app = open_page(PAGE, **HERE)
    assert not app.exception
    size = models.load().preprocess.input_size
    app.slider(key=f"lab_preprocessing_row-{size}").set_value(5).run()
    app.slider(key=f"lab_preprocessing_column-{size}").set_value(61).run()
    shown = [float(cell) for cell in app.table[0].value["$z$"]]
    own = models.load().preprocess(cat().image)
    assert shown == pytest.approx(own[:, 5, 61].tolist(), abs=1e-4)
    mend_torchvision()
    assert np.allclose(run_code(app)["transform"](cat().image), own, atol=1e-6)
    (filled_in,) = [latex.value for latex in app.latex if "mathrm{red}" in latex.value]
    assert f"{shown[0]:.4f}" in filled_in


def test_preprocessing__statistics_of_each_step(open_page):
    table = open_page(PAGE, **HERE).table[1].value
    assert list(table["Step"]) == ["The picture", "Cropped", "Resized", "Scaled", "Normalised"]
    assert table["Shape"].iloc[0] == "300 × 451 × 3"
    means = [float(mean) for mean in table["Mean"].iloc[0].split(", ")]
    assert means == pytest.approx(np.asarray(cat().image).mean((0, 1)), rel=5e-3)


@pytest.mark.shared_data
def test_preprocessing__torchvisions_model_resizes_before_it_crops(
    open_page, shared_data, monkeypatch
):
    monkeypatch.setenv("TORCH_HOME", str(shared_data.parent / "torch_home"))
    mobilenet = "torchvision/mobilenet_v2"
    app = open_page(PAGE, model=mobilenet, **HERE)
    table = app.table[1].value
    assert list(table["Step"])[1:3] == ["Resized", "Cropped"]
    own = models.load(mobilenet).preprocess(cat().image)
    assert np.allclose(run_code(app)["transform"](cat().image), own, atol=1e-6)


def test_preprocessing__question_checks_itself(open_page):
    app = open_page(PAGE, **HERE)
    assert answer(app, 0.0).warning
    app = answer(app, -2.12)
    assert "Right" in app.success[0].value


def test_preprocessing__mistakes_begin_with_the_models_own_answer(open_page):
    app = open_page(PAGE, preprocessing="mistakes", **HERE)
    assert not app.exception
    best = classify(models.load(), cat()).top(5)
    right = list(app.table[1].value["As it should be"])
    assert right[0].endswith(f"{best[0].probability:.1%}")
    assert best[0].label in words(app)
    wrong = list(app.table[1].value["Not normalised "])
    assert wrong[0] != right[0]


def test_preprocessing__only_turning_leaves_the_statistics(open_page):
    app = open_page(PAGE, preprocessing="mistakes", **HERE)
    assert answer(app, "Not normalised").warning
    assert answer(app, "Upside down").success


@pytest.mark.parametrize("part", ["steps", "mistakes"])
def test_preprocessing__one_pixel_is_a_picture_too(open_page, monkeypatch, tmp_path, part):
    dot = tmp_path / "dot.png"
    cat().image.crop((0, 0, 1, 1)).save(dot)
    held = hand.HeldPicture("Dot", dot.read_bytes(), {"sample": "chelsea"})
    monkeypatch.setattr(hand, "_sample", lambda _: held)
    app = open_page(PAGE, preprocessing=part, **HERE)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(("model", "learnt"), [(None, True), ("plain/lenet-5", False)])
def test_preprocessing__only_a_trained_model_learnt_from_pictures(open_page, model, learnt):
    app = open_page(PAGE, **HERE, **({"model": model} if model else {}))
    assert not app.exception
    assert ("that the model learnt from" in words(app)) == learnt
