"""The station Activation and pooling."""

import base64
import json
import re

import numpy as np
import pytest

from core import images, inside, models
from core.lab.activation import ACTIVATIONS
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words


def bold(app):
    """The results of the formulas."""
    return re.findall(
        r"mathbf\{([^{}]*(?:\{[^{}]*\})?[^{}]*)\}", " ".join(e.value for e in app.latex)
    )


def function(app, name):
    next(w for w in app.pills if "_function" in w.key).set_value(name).run()
    assert not app.exception
    return app


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation__value_and_derivative_are_what_the_code_gives(open_page, name):
    app = function(open_page(PAGE, view="activation", sample="chelsea"), name)
    app.slider(key="lab_activation_x").set_value(-1.3).run()
    ran = run_code(app)
    value, slope = map(float, bold(app))
    assert ran["y"].item() == pytest.approx(value, abs=1e-4)
    assert ran["slope"].item() == pytest.approx(slope, abs=1e-4)
    assert "Right" in answer(app, "Sigmoid").success[0].value


def test_activation__map_counts_what_is_off_and_agrees_with_the_model(open_page):
    app = open_page(PAGE, view="activation", activation="map", sample="chelsea")
    assert not app.exception
    channel = next(w for w in app.number_input if w.key.startswith("lab_map_channel")).value
    picture = images.read_file(images.sample("chelsea").path)
    found = inside.feature_maps(models.load(device="cpu"), picture, ["bn1", "relu"])
    off = (found["relu"].maps == 0).mean((1, 2))
    table = app.table[0].value
    assert table["This channel"][0] == f"{off[channel]:.1%}"
    assert table["All 32"][0] == f"{off.mean():.1%}"
    assert f"{found['relu'].dead.sum()} of 32 channels are dead" in words(app).replace("\\", "")
    assert "0 apart at most" in words(app).replace("\\", "")
    ran = run_code(app)
    cells = app.table[1].value
    assert ran["after"].tolist() == pytest.approx([float(one) for one in cells["After"]], abs=1e-4)
    assert ran["slopes"].tolist() == [float(one) for one in cells["Derivative"]]
    largest = float(found["bn1"].maps[channel].max())
    assert answer(app, largest - 1).warning
    assert "Right" in answer(app, round(largest, 1)).success[0].value


def test_activation__a_low_bias_kills_a_channel_and_a_large_gain_saturates(open_page):
    app = open_page(PAGE, view="activation", activation="map", sample="chelsea")
    bias = next(w for w in app.slider if w.key.startswith("lab_map_bias"))
    bias.set_value(bias.min).run()
    assert app.table[0].value["This channel"][0] == "100.0%"
    bias.set_value(0.0).run()
    app.slider(key="lab_map_gain").set_value(8.0).run()
    function(app, "sigmoid")
    assert float(app.table[0].value["This channel"][1].rstrip("%")) > 50
    assert list(app.table[0].value.iloc[0])[1:] == ["0", "0.0%", "0.0%"]  # nothing is off
    assert "Sigmoid turns nothing off" in words(app)
    ran = run_code(app)
    cells = app.table[1].value["After"]
    assert ran["after"].tolist() == pytest.approx([float(one) for one in cells], abs=1e-4)


def test_activation__the_map_begins_with_the_models_own_function(open_page):
    app = open_page(PAGE, view="activation", activation="map", model="untrained/vit_b_16")
    assert not app.exception
    (choice,) = [w for w in app.pills if "_function" in w.key]
    assert choice.value == "gelu"


def test_activation__gradients_vanish_and_explode_as_in_the_code(open_page):
    app = open_page(PAGE, view="activation", activation="depth", sample="chelsea")
    app.slider(key="lab_depth_weight").set_value(2.0).run()
    assert float(app.metric[0].value) == 2**10 == run_code(app)["gradient"].item()
    function(app, "sigmoid")
    app.slider(key="lab_depth").set_value(30).run()
    gradient = run_code(app)["gradient"].item()
    assert float(app.metric[0].value) == pytest.approx(gradient, rel=0.01)
    assert gradient < 1e-9
    app.slider(key="lab_depth_start").set_value(-1.0).run()
    function(app, "relu")
    assert "Exactly 0" in words(app)
    assert "Right" in answer(app, 5).success[0].value


@pytest.mark.parametrize("kind", ["Max pooling", "Average pooling"])
def test_pooling__the_code_pools_the_corner_as_shown(open_page, kind):
    app = open_page(PAGE, view="activation", activation="pooling", sample="chelsea")
    app.segmented_control(key="lab_pooling_kind").set_value(kind).run()
    app.slider(key="lab_pooling_window").set_value(3).run()
    app.slider(key="lab_pooling_padding-1").set_value(1).run()
    app.slider(key="lab_pooling_step").set_value(1).run()
    assert not app.exception
    ran = run_code(app)
    assert float(bold(app)[0]) == pytest.approx(ran["pooled"][0, 0, 0].item(), abs=1e-3)
    gradient = json.loads(app.get("plotly_chart")[2].proto.spec)["data"][0]["z"]
    assert np.array(_decoded(gradient))[:2, :2] == pytest.approx(
        ran["gradient"][:2, :2].numpy(), abs=1e-6
    )


def test_pooling__ties_are_said_to_be(open_page):
    app = open_page(PAGE, view="activation", activation="pooling", sample="chelsea")
    step = app.slider(key="lab_pooling_step")
    seen = set()
    for at in range(int(step.max) + 1):
        app.slider(key="lab_pooling_step").set_value(at).run()
        written = re.search(r"max\(([^()]*)\)", app.latex[-1].value)[1].split(", ")
        values = [float(one) for one in written]
        tie = values.count(max(values)) > 1
        assert ("The first of them" in words(app)) == tie
        seen.add(tie)
    assert seen == {False, True}


def test_pooling__a_shift_changes_less_of_what_is_pooled(open_page):
    app = open_page(PAGE, view="activation", activation="pooling", sample="chelsea")
    app.slider(key="lab_pooling_window").set_value(4).run()
    app.slider(key="lab_pooling_stride").set_value(4).run()
    changes = [float(one.rstrip("%")) for one in app.table[0].value["Changes by"]]
    assert changes[1] < changes[0] / 2
    app.slider(key="lab_pooling_stride").set_value(2).run()
    finer = [float(one.rstrip("%")) for one in app.table[0].value["Changes by"]]
    assert changes[1] < finer[1] < finer[0]
    app.slider(key="lab_pooling_shift").set_value(0).run()
    assert list(app.table[0].value["Changes by"]) == ["0%", "0%"]
    left = (models.preprocess_of(models.DEFAULT_MODEL).input_size // 8) ** 2
    assert answer(app, left + 1).warning
    assert "Right" in answer(app, left).success[0].value


def _decoded(values):
    """Plotly writes arrays as base64."""
    if isinstance(values, dict):
        flat = np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])
        return flat.reshape([int(n) for n in values["shape"].split(",")])
    return values
