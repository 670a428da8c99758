"""What holds for every view of every station of the CNN lab."""

import pytest

from tests.pages.bench import PAGE
from ui.lab.stations import STATIONS

VIEWS = {  # of a station, as the address names them: the key, and what it can be
    "preprocessing": ("preprocessing", ("steps", "mistakes")),
    "convolution": ("convolution", ("window", "picture", "cost")),
    "activation": ("activation", ("curve", "map", "depth", "pooling")),
    "classifier": ("classifier", ("logit", "softmax")),
    "losses": ("loss", ("mse", "binary", "categorical")),
    "descent": ("descent", ("surface", "line", "network")),
    "backpropagation": ("node", ("L", "w11", "h1")),
    "augmentation": ("augmentation", ("flip", "rotation", "erasing", "mixup", "cutmix", "random")),
    "overfitting": ("view", ("overfitting",)),
    "architectures": ("net", ("vgg16", "resnet50", "vit_b_16")),
    "challenge": ("part", ("results", "data", "guesses", "found", "said")),
}


def alternatives(app) -> list[str]:
    """Of every figure and picture of the page, what is told instead."""
    figures = [figure.proto.alt for figure in app.get("plotly_chart")]
    return figures + [picture.alt for image in app.image for picture in image.proto.imgs]


def test_stations__are_all_here():
    assert list(VIEWS) == list(STATIONS)
    assert len(STATIONS) == 11


@pytest.mark.parametrize("station", STATIONS)
def test_station__each_view_opens_by_its_address_and_tells_its_figures(open_page, station):
    key, values = VIEWS[station]
    for value in values:
        app = open_page(PAGE, **{"view": station, key: value})
        assert not app.exception
        assert not app.error
        assert not app.warning
        told = alternatives(app)
        assert all(len(alt) > 2 for alt in told), told
        assert app.subheader[0].value.endswith(STATIONS[station].title)


@pytest.mark.parametrize("station", STATIONS)
def test_station__asks_a_question_and_takes_a_step(open_page, station):
    app = open_page(PAGE, view=station)
    assert [button for button in app.button if button.label == "Check"]
    assert STATIONS[station].tries
    for way, other in (("lab_arrow_back", -1), ("lab_arrow_forward", 1)):
        names = list(STATIONS)
        at = names.index(station) + other
        if not 0 <= at < len(names):
            continue
        stepped = open_page(PAGE, view=station).button(key=way).click().run()
        assert not stepped.exception
        assert stepped.subheader[0].value.endswith(STATIONS[names[at]].title)


def test_station__what_is_put_down_stays_down(open_page):
    app = open_page(PAGE, view="convolution")
    assert app.query_params["sample"] == "chelsea"
    next(button for button in app.button if button.label == "Put down").click().run()
    assert not app.exception
    assert "sample" not in app.query_params


@pytest.mark.parametrize("station", STATIONS)
def test_station__says_what_is_wrong_with_its_address(open_page, station):
    key, _ = VIEWS[station]
    app = open_page(PAGE, **{"view": station, key: "[x](http://evil.example)"})
    assert not app.exception
    assert "which is not there" in app.warning[0].value
    assert "](" not in app.warning[0].value
