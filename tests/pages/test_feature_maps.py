"""The Feature maps page."""

import base64
import io
import json
import re

import numpy as np
import pytest
from PIL import Image

from core import images, inside, models
from core.models.preprocess import own_preprocess
from core.predict import classify
from tests.pages.conftest import words

PAGE = "pages/3_Feature_maps.py"


@pytest.fixture
def subject():
    """What the page looks at when it is opened with ``?sample=chelsea``."""
    encoded = images.sample("chelsea").path.read_bytes()
    return models.load(device="cpu"), images.read_image(encoded, "Cat")


@pytest.fixture
def other_network(monkeypatch):
    """Let another network stand in for the bundled one."""
    import torch

    bundled = models.load(device="cpu")

    def put(module, size=32):
        torch.manual_seed(0)
        preprocess = own_preprocess(
            {"input_size": size, "resize": "bilinear", "mean": (0.5,) * 3, "std": (0.25,) * 3}
        )
        stand_in = models.ImageModel(
            name="test/stand-in",
            info=bundled.info,
            module=module.eval().requires_grad_(False),
            preprocess=preprocess,
            classes=bundled.classes,
            device=bundled.device,
            half=False,
        )
        monkeypatch.setattr(models, "load", lambda *_, **__: stand_in)
        return stand_in

    return put


def plain_words(app) -> str:
    return words(app).replace("\\", "")


def layer_of(app) -> str:
    return app.subheader[0].value.replace("\\", "")


def grid(app) -> list[dict]:
    """The channels of the grid as the browser gets them."""
    for component in app.get("bidi_component"):
        data = json.loads(component.proto.json)
        if data["label"].startswith("Channels"):
            return data["items"]
    return []


def walk_to(app, stop):
    return app.select_slider(key="walk_slider").set_value(stop).run()


def test_feature_maps__begins_where_core_suggests(open_page, subject):
    model, picture = subject
    known = inside.network(model)
    app = open_page(PAGE, sample="chelsea")
    assert not app.error
    assert layer_of(app) == known.for_maps.name
    assert known.why_maps in plain_words(app)
    maps = inside.feature_maps(model, picture, [known.for_maps.name])[known.for_maps.name]
    order = np.argsort(-maps.maximum, kind="stable")
    assert [item["id"] for item in grid(app)] == [str(channel) for channel in order[:24]]
    best = order[0]
    assert f"**Channel {best}**" in words(app)
    assert f"to {maps.maximum[best]:.3g}, mean {maps.mean[best]:.3g}" in plain_words(app)


def test_feature_maps__tiles_are_the_maps(open_page, subject):
    model, picture = subject
    app = open_page(PAGE, sample="chelsea", layer="layer3")
    maps = inside.feature_maps(model, picture, ["layer3"])["layer3"].maps
    for item in grid(app)[:6]:
        tile = Image.open(io.BytesIO(base64.b64decode(item["url"].partition(",")[2])))
        values = maps[int(item["id"])]
        assert tile.size == maps.shape[:0:-1]
        # the colours' positions grow with the values, from the least to the most
        levels = np.asarray(tile, float)
        assert levels.min() == 0
        assert levels.max() == 255
        span = values.max() - values.min()
        np.testing.assert_allclose(levels / 255, (values - values.min()) / span, atol=1 / 255)


@pytest.mark.parametrize("order", ["Mean", "Relevance"])
def test_feature_maps__other_orders(open_page, subject, order):
    model, picture = subject
    app = open_page(PAGE, sample="chelsea", layer="layer4")
    app.segmented_control(key="channel_sort").set_value(order).run()
    assert not app.error
    if order == "Mean":
        scores = inside.feature_maps(model, picture, ["layer4"])["layer4"].mean
    else:
        scores = inside.relevance(model, picture, "layer4")
    expected = np.argsort(-scores, kind="stable")[:24]
    assert [item["id"] for item in grid(app)] == [str(channel) for channel in expected]


def test_feature_maps__every_page_of_the_grid_shows_other_channels(open_page):
    app = open_page(PAGE, sample="chelsea", layer="layer3")
    seen = []
    for page in range(1, 8):  # 160 channels
        app.pagination[0].set_value(page).run()
        seen += [item["id"] for item in grid(app)]
    assert sorted(map(int, seen)) == list(range(160))


def test_feature_maps__the_slider_walks_from_the_picture_to_the_logits(open_page, subject):
    model, picture = subject
    app = open_page(PAGE, sample="chelsea")
    stops = app.select_slider(key="walk_slider").options
    assert stops == ["input", *(block.name for block in inside.network(model).blocks)]
    for stop in stops:
        app = walk_to(app, stop)
        assert not app.error
        assert not app.exception
        assert layer_of(app) == ("The picture" if stop == "input" else stop)
        default = stop == inside.network(model).for_maps.name
        assert ("layer" in app.query_params) != default
    bars = json.loads(app.get("plotly_chart")[1].proto.spec)
    best = [p.label for p in classify(model, picture).top(5)]
    assert bars["layout"]["yaxis"]["ticktext"][:5] == best


def test_feature_maps__a_layer_from_within_a_block_joins_the_walk(open_page):
    app = open_page(PAGE, sample="chelsea", layer="layer3.0.conv1")
    stops = app.select_slider(key="walk_slider").options
    assert stops.index("layer3.0.conv1") == stops.index("layer3") - 1
    assert app.select_slider(key="walk_slider").value == "layer3.0.conv1"
    app = walk_to(app, "layer3")
    assert "layer3.0.conv1" not in app.select_slider(key="walk_slider").options


def test_feature_maps__the_table_says_what_core_says_and_shows_the_chosen_row(open_page, subject):
    model, _ = subject
    layers = inside.network(model).layers
    app = open_page(PAGE, sample="chelsea", layer="layer1.0.bn1")
    assert len(app.dataframe) == 0  # closed, it costs nothing
    app.session_state["layer_table_open"] = True
    app.run()
    table = app.dataframe[0].value
    assert list(table["Layer"]) == [layer.name for layer in layers]
    assert list(table["Overwritten"]) == [layer.overwritten for layer in layers]
    row = [layer.name for layer in layers].index("layer1.0.bn1")
    assert app.session_state["layer_table"]["selection"]["rows"] == [row]
    app = walk_to(app, "conv1")
    assert app.session_state["layer_table"]["selection"]["rows"] == [0]
    assert set(table["Measured"]) == {""}
    next(b for b in app.button if "Measure all" in b.label).click().run()
    measured = app.dataframe[0].value.set_index("Layer")["Measured"]
    assert measured["conv1"] in ("3 × 3", "3 × 2", "2 × 3", "2 × 2")
    assert (measured != "").sum() == len(inside.network(model).with_maps)


def test_feature_maps__a_click_on_a_channel_runs_no_network(open_page, monkeypatch):
    app = open_page(PAGE, sample="chelsea")
    runs = []
    for name in ("feature_maps", "measure_field", "relevance", "vector"):
        monkeypatch.setattr(inside, name, lambda *_, name=name: runs.append(name))
    wanted = int(grid(app)[7]["id"])
    app.session_state["channel_chosen"] = {(models.DEFAULT_MODEL, "layer2"): wanted}
    app.run()
    assert not app.error
    assert f"**Channel {wanted}**" in words(app)
    assert runs == []


def test_feature_maps__the_chosen_cell_and_what_it_sees(open_page, subject):
    model, picture = subject
    app = open_page(PAGE, sample="chelsea", layer="layer2")
    app.number_input(key="cell_row").set_value(3).run()
    app.number_input(key="cell_column").set_value(14).run()
    core = inside.measure_field(model, picture, "layer2", (3, 14)).core
    said = plain_words(app)
    assert "The cell in row 3, column 14 sees 23 × 23 pixels in theory" in said
    assert f"95% of its answer comes from {core.width} × {core.height}" in said


@pytest.mark.parametrize(
    ("layer", "nearest"),
    [("layer5", "layer4"), ("", "layer"), ("layer1.0.conv9", "layer1.0.conv1")],
)
def test_feature_maps__an_unknown_layer_gets_the_nearest_names(open_page, layer, nearest):
    app = open_page(PAGE, sample="chelsea", layer=layer)
    assert not app.exception
    assert [nearest in w.value.replace("\\", "") for w in app.warning] == [True]
    assert layer_of(app) == "layer2"
    app.run()
    assert not app.warning  # it is said once


def test_feature_maps__names_in_the_address_are_not_markdown(open_page):
    app = open_page(PAGE, sample="chelsea", layer="**x** ![y](http://127.0.0.2/z.png)")
    assert len(app.warning) == 1
    assert r"\!\[y\]" in app.warning[0].value


def test_feature_maps__another_model_begins_anew_without_a_complaint(open_page, other_network):
    app = open_page(PAGE, sample="chelsea", layer="layer3")
    other_network(vision_transformer())
    app.run()
    assert not app.error
    assert not app.warning
    assert layer_of(app).startswith("encoder")


def test_feature_maps__a_transformer_from_end_to_end(open_page, other_network):
    model = other_network(vision_transformer())
    app = open_page(PAGE, sample="chelsea")
    assert not app.error
    assert "16 channels of 4 × 4" in plain_words(app)
    assert re.search("sees the whole picture|has no fixed window", plain_words(app))
    for stop in app.select_slider(key="walk_slider").options:
        app = walk_to(app, stop)
        assert not app.error
        assert not app.exception
    for layer in inside.network(model).layers:  # whatever its output is like
        app.query_params["layer"] = layer.name
        app.run()
        assert not app.exception
        assert "Netlens made a mistake" not in words(app)


def test_feature_maps__a_network_without_maps_gets_one_sentence(open_page, other_network):
    from torch import nn

    other_network(nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 200)))
    app = open_page(PAGE, sample="chelsea")
    assert not app.error
    assert sum("keeps a grid" in caption.value for caption in app.caption) == 1
    assert layer_of(app) == "1"


def test_feature_maps__dead_channels_are_marked(open_page, other_network):
    import torch
    from torch import nn

    module = nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 200)
    )
    with torch.no_grad():
        module[0].bias[1] = -1000.0
        module[0].bias[2] = 1000.0
    other_network(module)
    app = open_page(PAGE, sample="chelsea", layer="1")
    assert "1 dead" in plain_words(app)
    titles = {item["id"]: item for item in grid(app)}
    assert titles["1"]["title"] == "#1 · dead"
    assert "zero in every cell" in titles["1"]["alt"]
    assert "dead" not in titles["2"]["title"]


def test_feature_maps__kernels_of_convolutions(open_page, other_network):
    from torch import nn

    other_network(
        nn.Sequential(
            nn.Conv2d(3, 4, 5),
            nn.ReLU(),
            nn.Conv2d(4, 4, 3, groups=4),
            nn.Conv2d(4, 12, 1),
            nn.Conv2d(12, 6, (1, 3)),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(6, 200),
        )
    )
    expected = {
        "0": "Its kernel: 5 × 5 pixels of red, green and blue",
        "2": "Its kernel, 3 × 3: grey is zero",
        "3": "it weighs 4 inputs, most of all #",
        "4": "The strongest of its 12 kernels, 3 × 1",
    }
    app = open_page(PAGE, sample="chelsea", layer="0")
    for layer, said in expected.items():
        app = walk_to(app, layer)
        assert not app.error
        assert said in plain_words(app)
    assert "kernel" not in plain_words(walk_to(app, "1"))  # a ReLU has none


def test_feature_maps__a_picture_smaller_than_the_receptive_field(open_page):
    app = open_page(PAGE, layer="layer4")
    app.segmented_control(key="picture_way").set_value("Upload").run()
    buffer = io.BytesIO()
    Image.new("RGB", (3, 2), "red").save(buffer, "PNG")
    app.file_uploader[0].upload("tiny.png", buffer.getvalue(), "image/png").run()
    assert not app.error
    assert "more than the picture has" in plain_words(app)


def test_feature_maps__without_a_picture_it_asks_for_one(open_page):
    app = open_page(PAGE)
    assert not app.error
    assert "Pick a sample" in words(app)
    assert not re.search("layer2", words(app))


def vision_transformer():
    """Two blocks over 4 × 4 patches."""
    from core.compat import mend_torchvision

    mend_torchvision()
    import torch
    from torchvision.models import VisionTransformer

    torch.manual_seed(0)
    network = VisionTransformer(32, 8, 2, 2, 16, 32, num_classes=200)
    torch.nn.init.normal_(network.heads.head.weight)
    return network
