"""The station Convolution."""

import io
import json
import re

import numpy as np
import pytest
import torch
from PIL import Image

from core import images, inside, models
from core.lab.kernels import kernels
from core.lab.pixels import pixel_grid
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words

SOURCE = "lab_convolution_source"
LEARNED = "Learned by the model"


def choose(app, key, value):
    app.segmented_control(key=key).set_value(value).run()
    assert not app.exception
    return app


def preset(app, name):
    app.pills(key="lab_convolution_preset").set_value(name).run()
    assert not app.exception


def bold(app):
    """The results of the formulas."""
    formulas = " ".join(element.value for element in app.latex)
    return [float(one) for one in re.findall(r"mathbf\{(-?[\d.]+)\}", formulas)]


def test_convolution__the_code_gives_the_number_and_the_size_that_are_shown(open_page):
    app = open_page(PAGE, view="convolution", sample="chelsea")
    assert not app.exception
    ran = run_code(app)
    value, rows, columns = bold(app)
    assert ran["value"].item() == pytest.approx(value, abs=0.5)
    assert tuple(ran["output"].shape) == (1, 1, rows, columns)
    assert f"# {value:g}" in app.code[0].value


def test_convolution__every_number_follows_the_controls(open_page):
    app = open_page(PAGE, view="convolution", sample="chelsea")
    app.slider(key="lab_convolution_padding").set_value(2).run()
    app.slider(key="lab_convolution_stride").set_value(2).run()
    choose(app, "lab_convolution_mode", "reflect")
    app.number_input(key="lab_convolution_weight-3-1-1").set_value(-7.0).run()
    app.slider(key="lab_convolution_step").set_value(3).run()
    ran = run_code(app)
    value, rows, columns = bold(app)
    assert ran["value"].item() == pytest.approx(value, abs=0.5)
    assert tuple(ran["output"].shape) == (1, 1, rows, columns)
    grid = pixel_grid(images.read_file(images.sample("chelsea").path).image, 10)
    padded = np.pad(grid, 2, mode="reflect")
    kernel = kernels(3)["Sobel x"].copy()
    kernel[1, 1] = -7
    assert value == pytest.approx((padded[:3, 4:7] * kernel).sum())
    assert app.pills(key="lab_convolution_preset").value is None
    assert "multiplied by -7" in words(app)


def test_convolution__a_preset_fills_the_fields_in_every_size(open_page):
    app = open_page(PAGE, view="convolution", sample="chelsea")
    preset(app, "Emboss")
    assert app.number_input(key="lab_convolution_weight-3-0-0").value == -2
    choose(app, "lab_convolution_size", 5)
    assert app.number_input(key="lab_convolution_weight-5-4-4").value == 4
    choose(app, "lab_convolution_size", 1)
    assert app.number_input(key="lab_convolution_weight-1-0-0").value == 1
    assert app.pills(key="lab_convolution_preset").value == "Identity"


def test_convolution__says_what_does_not_fit(open_page):
    app = open_page(PAGE, view="convolution", sample="chelsea")
    app.slider(key="lab_convolution_dilation").set_value(3).run()
    app.slider(key="lab_grid").set_value(4).run()
    assert "reaches over 7 × 7 cells" in app.error[0].value.replace("\\", "")
    app.slider(key="lab_convolution_padding").set_value(3).run()
    assert not app.error


@pytest.mark.parametrize("size", [(1, 1), (3000, 2), (2, 7)])
def test_convolution__of_any_picture(open_page, size):
    encoded = io.BytesIO()
    Image.new("L", size, 200).save(encoded, "PNG")
    for view in ("window", "picture", "cost"):
        app = open_page(PAGE, view="convolution", convolution=view)
        app.segmented_control(key="picture_way").set_value("Upload").run()
        app.file_uploader[0].upload("small.png", encoded.getvalue(), "image/png").run()
        assert not app.exception
        assert "mistake" not in words(app)
        if view != "cost":
            app.slider(key="lab_convolution_padding").set_value(1).run()
            assert not app.error


def test_convolution__learned_kernel_gives_the_models_own_number(open_page):
    app = choose(open_page(PAGE, view="convolution", sample="chelsea"), SOURCE, LEARNED)
    app.number_input(key="lab_learned_row").set_value(0).run()
    app.number_input(key="lab_learned_column").set_value(31).run()
    model = models.load(device="cpu")
    channel = next(w for w in app.number_input if "learned-" in w.key).value
    picture = images.read_file(images.sample("chelsea").path)
    own = inside.feature_maps(model, picture, ["conv1"])["conv1"].maps[channel, 0, 31]
    assert bold(app)[0] == pytest.approx(own, abs=1e-4)
    assert f"itself gives {own:.4f}" in words(app).replace("\\", "")
    ran = run_code(app)
    assert ran["layer"].weight.shape == model.module.conv1.weight.shape
    cells = model.preprocess.input_size // 2
    assert tuple(ran["output"].shape) == (1, 32, cells, cells)
    assert "Right" in answer(app, 27).success[0].value


def test_convolution__whole_picture_and_its_code(open_page):
    app = open_page(PAGE, view="convolution", convolution="picture", sample="chelsea")
    app.slider(key="lab_convolution_stride").set_value(3).run()
    output = run_code(app)["output"]
    assert list(output.shape[2:]) == bold(app)
    assert f"{output.shape[2]} × {output.shape[3]} cells" in words(app)
    preset(app, "Sharpen")
    assert "lie beyond" in words(app)
    assert answer(app, "Box blur").warning
    assert "Right" in answer(app, "Laplacian").success[0].value


def test_convolution__whole_picture_of_a_learned_kernel_is_the_models_own(open_page):
    app = open_page(PAGE, view="convolution", convolution="picture", sample="chelsea")
    choose(app, SOURCE, LEARNED)
    apart = re.search(r"it is (\S+) away at most", words(app).replace("\\", ""))
    assert float(apart[1]) < 1e-4


def test_convolution__costs_are_those_of_the_modules_in_the_code(open_page):
    app = open_page(PAGE, view="convolution", convolution="cost", sample="chelsea")
    app.select_slider(key="lab_cost_channels").set_value(96).run()
    app.select_slider(key="lab_cost_groups").set_value(32).run()
    table = app.table[0].value
    assert list(table["Parameters"])[1:] == [f"{n:,}" for n in run_code(app)["parameters"]]
    app.select_slider(key="lab_cost_outputs").set_value(1).run()  # which no groups divide
    assert run_code(app)["layer"].groups == 1
    ask = torch.nn.Conv2d(32, 64, 5)
    assert "Right" in answer(app, sum(p.numel() for p in ask.parameters())).success[0].value


def test_convolution__a_walk_is_played_by_the_browser_up_to_a_size(open_page):
    app = open_page(PAGE, view="convolution", sample="chelsea")
    choose(app, "lab_convolution_how", "Played")
    assert len(json.loads(app.get("plotly_chart")[0].proto.spec)["frames"]) == 40
    app.slider(key="lab_grid").set_value(24).run()
    assert "choose fewer pixels" in words(app)
