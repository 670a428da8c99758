"""The probe playground of the Fine-tune page."""

import json

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

from core import data, models
from core.data.splits import split
from core.data.stock import take_stock
from core.training.probing import playground
from core.training.probing.playground import Setting
from tests.pages import tuned
from tests.pages.conftest import words

PAGE = "pages/5_Fine-tune.py"
EACH = 12


@pytest.fixture
def colours(tmp_path):
    """A registered data set of three classes, one picture of which is in the wrong folder."""
    folder = tuned.folder(tmp_path / "colours", EACH)
    entry = data.register(folder, "colours")
    opened = data.open(entry.name)
    learnt = split(opened, take_stock(opened).digests).train
    wrong = folder / opened.file(int(learnt[0]))  # of the blue ones
    wrong.rename(folder / "red" / "wrong.png")
    return data.register(folder, "colours").name


@pytest.fixture
def app(open_page, colours):
    app = open_page(PAGE, view="playground")
    assert not app.error
    return app


def at_the_bench(name: str):
    """The same bench as on the page."""
    opened = data.open(name)
    chosen = data.choose(opened, map(data.key_of, opened.classes))
    stock = take_stock(chosen)
    parts = split(chosen, stock.digests)
    return playground.bench(models.load(), chosen, stock, parts)


def said(app) -> str:
    return words(app).replace("\\", "")


def metrics(app) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def galleries(app) -> dict[str, list[dict]]:
    found = [json.loads(c.proto.json) for c in app.get("bidi_component") if c.proto.json]
    return {one["label"]: one["items"] for one in found if "items" in one}


def test_playground__shows_what_core_fits(app, colours):
    at = at_the_bench(colours)
    fit = playground.fit(at, Setting((0, 1, 2), 1000, 1.0))
    shown = metrics(app)
    assert shown["Accuracy · validation"] == f"{fit.score.accuracy:.1%}"
    assert shown["Always the largest class"] == f"{fit.majority:.1%}"
    assert shown["On what it learnt from"] == f"{fit.training_accuracy:.1%}"
    assert f"{fit.score.low:.0%} to {fit.score.high:.0%}, from {fit.score.n}" in said(app)
    assert f"{fit.pictures} training pictures" in said(app)


def test_playground__computes_features_once(app, colours, monkeypatch):
    def never(*_args, **_options):
        raise AssertionError("the network ran")

    monkeypatch.setattr("core.training.probing.playground.features", never)
    app.pills(key="play_classes").set_value([0, 2]).run()
    app.slider(key="play_count").set_value(3).run()
    app.select_slider(key="play_c").set_value(0.01).run()
    assert not app.error
    assert "6 training pictures" in said(app)


def test_playground__every_change_is_fitted_anew(app, colours):
    at = at_the_bench(colours)
    app.pills(key="play_classes").set_value([0, 2]).run()
    app.slider(key="play_count").set_value(2).run()
    app.select_slider(key="play_c").set_value(0.001).run()
    fit = playground.fit(at, Setting((0, 2), 2, 0.001))
    assert metrics(app)["Accuracy · validation"] == f"{fit.score.accuracy:.1%}"
    assert f"{fit.pictures} training pictures" in said(app)


def test_playground__one_class_is_not_enough(app):
    app.pills(key="play_classes").set_value([1]).run()
    assert not app.error
    assert "Choose two classes at least" in said(app)
    app.pills(key="play_classes").set_value([]).run()
    assert "Choose two classes at least" in said(app)
    app.pills(key="play_classes").set_value([0, 1, 2]).run()
    assert "Accuracy · validation" in metrics(app)


def test_playground__a_mislabelled_picture_is_found_dropped_and_moved_back(app, colours):
    at = at_the_bench(colours)
    before = playground.fit(at, Setting((0, 1, 2), 1000, 1.0)).pictures
    app.segmented_control(key="play_view").set_value("Pictures that fit worst").run()
    assert not app.error
    first = galleries(app)["Pictures that fit worst"][0]
    opened = data.open(colours)
    worst = playground.misfits(at, Setting((0, 1, 2), 1000, 1.0), 1)[0]
    assert int(first["id"]) == worst.position
    assert opened.file(worst.position) == "red/wrong.png"
    assert first["title"] == "red → blue"
    app.session_state["play_dropped"] = frozenset({worst.position})
    app.run()
    assert f"{before - 1} training pictures" in said(app)
    assert "1 training picture is dropped" in said(app)
    shown = galleries(app)
    assert first["id"] not in [item["id"] for item in shown["Pictures that fit worst"]]
    assert [item["id"] for item in shown["Dropped pictures"]] == [first["id"]]
    app.session_state["play_dropped"] = frozenset()
    app.run()
    assert f"{before} training pictures" in said(app)
    assert "Dropped pictures" not in galleries(app)


@pytest.mark.parametrize("quick", [True, False])
def test_playground__the_curve_is_cores(app, colours, monkeypatch, quick):
    monkeypatch.setattr("ui.fine_tune.playground._QUICK", 1e9 if quick else 0.0)
    app.segmented_control(key="play_view").set_value("Pictures per class").run()
    if not quick:
        app.button(key="play_curve_start").click().run()
    assert not app.error
    at = at_the_bench(colours)
    curve = playground.curve(at, Setting((0, 1, 2), 1000, 1.0))
    figures = [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
    mean = next(t for f in figures for t in f["data"] if t.get("name") == "mean of 5")
    assert mean["x"] == list(curve.counts)
    np.testing.assert_allclose(mean["y"], curve.accuracy.mean(1))


def test_playground__cancelled_features_are_kept(open_page, colours, monkeypatch):
    monkeypatch.setattr("core.training.material.features._BATCH", 4)
    ran = []
    rows = playground.features.__globals__["_rows"]

    def counted(network, inputs):
        ran.append(len(inputs))
        if len(ran) == 3:
            raise StopException  # as a click on any widget ends the run
        return rows(network, inputs)

    monkeypatch.setitem(playground.features.__globals__, "_rows", counted)
    app = open_page(PAGE, view="playground")
    app.session_state["bench_job"].cancel()  # as a click on Cancel does
    assert "Computing features was cancelled after 2 of" in said(app.run())
    before = len(ran)
    app.button(key="bench_start").click().run()
    assert not app.error
    assert "Accuracy · validation" in metrics(app)
    total = len(at_the_bench(colours).positions)
    assert len(ran[before:]) == -(-(total - 8) // 4)  # the first two batches were there


def test_playground__an_untrained_model_has_no_features(open_page, colours):
    name = next(i.name for i in models.list_models() if i.is_untrained)
    app = open_page(PAGE, view="playground", model=name)
    assert not app.error
    assert "learnt nothing yet" in said(app)


def test_playground__names_are_not_markdown(open_page, tmp_path):
    names = ["**b** [x](evil.example)", "<i>&amp;"]
    data.register(tuned.folder(tmp_path / "evil", 6, names), "evil")
    app = open_page(PAGE, view="playground")
    assert not app.error
    options = app.pills(key="play_classes").options
    assert all("](" not in option for option in options)
    app.segmented_control(key="play_view").set_value("Pictures that fit worst").run()
    assert not app.error


def test_playground__the_settings_outlive_a_look_at_another_view(app):
    app.pills(key="play_classes").set_value([0, 2]).run()
    app.slider(key="play_count").set_value(3).run()
    app.session_state["play_dropped"] = frozenset({0})
    app.run()
    app.segmented_control(key="tune_view").set_value("run").run()
    assert not app.error
    app.segmented_control(key="tune_view").set_value("playground").run()
    assert not app.error
    assert app.pills(key="play_classes").value == [0, 2]
    assert app.slider(key="play_count").value == 3
    assert "1 training picture is dropped" in said(app)


def test_playground__all_pictures_stay_all_when_classes_come_and_go(open_page, tmp_path):
    folder = tuned.folder(tmp_path / "uneven", 12)
    for i in range(4, 12):
        (folder / "red" / f"{i:02}.png").unlink()
        (folder / "green" / f"{i:02}.png").unlink()
    data.register(folder, "uneven")
    app = open_page(PAGE, view="playground")
    most = app.slider(key="play_count").max
    assert app.slider(key="play_count").value == most
    app.pills(key="play_classes").set_value([1, 2]).run()
    fewer = app.slider(key="play_count").max
    assert app.slider(key="play_count").value == fewer < most
    app.pills(key="play_classes").set_value([0, 1, 2]).run()
    assert app.slider(key="play_count").value == most
    app.slider(key="play_count").set_value(fewer - 1).run()
    app.pills(key="play_classes").set_value([1, 2]).run()
    assert app.slider(key="play_count").value == fewer - 1
