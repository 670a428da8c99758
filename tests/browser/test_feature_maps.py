"""The Feature maps page in a real browser: what AppTest cannot click."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from core import models

pytestmark = pytest.mark.browser
PAGE = "Feature_maps?sample=chelsea"
CELLS = models.preprocess_of(models.DEFAULT_MODEL).input_size // 8
"""Of layer3, in each direction."""


def heading(visitor, name):
    expect(visitor.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
    visitor.rest()


def block(visitor, name):
    """Click above the name of a block, in its column."""
    label = visitor.page.locator("g.xaxislayer-above .xtick", has_text=name).first.bounding_box()
    visitor.page.mouse.click(label["x"] + label["width"] / 2, label["y"] - 40)


def cell_of(visitor):
    """Row and column as their fields say them."""
    fields = [visitor.page.get_by_role("spinbutton", name=name) for name in ("Row", "Column")]
    return tuple(int(field.input_value()) for field in fields)


def test_feature_maps__block_slider_and_table_choose_the_same_layer(server, visit):
    visitor = visit(server)
    visitor.open(PAGE)
    heading(visitor, "layer2")
    slider = visitor.page.get_by_role("slider")
    block(visitor, "layer3")
    heading(visitor, "layer3")
    assert "layer=layer3" in visitor.page.url
    assert slider.get_attribute("aria-valuetext") == "layer3"
    slider.focus()
    visitor.page.keyboard.press("ArrowRight")
    heading(visitor, "layer4")
    assert "layer=layer4" in visitor.page.url
    block(visitor, "layer3")  # once more, after another way led elsewhere
    heading(visitor, "layer3")
    visitor.page.get_by_text("All 60 layers").click()
    visitor.rest()
    table = visitor.page.locator("[data-testid=stDataFrame]")
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    visitor.page.mouse.click(box["x"] + 15, box["y"] + 35 * 2.5)
    heading(visitor, "bn1")
    assert "layer=bn1" in visitor.page.url
    visitor.page.go_back()
    heading(visitor, "layer3")
    assert slider.get_attribute("aria-valuetext") == "layer3"
    visitor.check()


def test_feature_maps__a_click_on_a_channel_on_a_cell_and_an_export(server, visit):
    visitor = visit(server)
    visitor.open(f"{PAGE}&layer=layer3")
    channels = visitor.page.get_by_role("group", name="Channels of layer3").get_by_role("button")
    expect(channels).to_have_count(24)
    fifth = channels.nth(4)
    number = re.match(r"#(\d+)", fifth.inner_text())[1]
    fifth.click()
    expect(visitor.page.get_by_text(f"Channel {number}", exact=True)).to_be_visible()
    visitor.rest()
    assert fifth.get_attribute("aria-pressed") == "true"
    visitor.page.keyboard.press("Shift+Tab")  # by keyboard it goes on where it was
    visitor.page.keyboard.press("Enter")
    fourth = channels.nth(3)
    expect(fourth).to_have_attribute("aria-pressed", "true")
    visitor.rest()

    assert cell_of(visitor) == (4, 4)
    for row, column in ((1, 6), (7, 0), (1, 6)):
        square = visitor.page.locator(".st-key-channel_map .heatmaplayer image").bounding_box()
        visitor.page.mouse.click(
            square["x"] + square["width"] * (column + 0.5) / CELLS,
            square["y"] + square["height"] * (row + 0.5) / CELLS,
        )
        said = f"The cell in row {row}, column {column} sees 79 × 79 pixels in theory"
        expect(visitor.page.get_by_text(said)).to_be_visible()
        visitor.rest()
        assert cell_of(visitor) == (row, column)
    assert fourth.get_attribute("aria-pressed") == "true"

    visitor.page.get_by_role("button", name="Export").click()
    with visitor.page.expect_download() as download:
        visitor.page.get_by_role("button", name="Activations").click()
    assert download.value.suggested_filename == "netlens-layer3.npz"
    assert np.load(download.value.path())["activations"].shape == (160, CELLS, CELLS)
    visitor.check()


@pytest.mark.parametrize(
    ("width", "scheme", "layer"),
    [
        (1280, "light", "fc"),
        (400, "dark", "conv1"),
        pytest.param(400, "light", "input", marks=pytest.mark.soak),
    ],
)
def test_feature_maps__fits_in_both_themes_and_widths(server, visit, width, scheme, layer):
    visitor = visit(server, width=width, scheme=scheme)
    visitor.open(f"{PAGE}&layer={layer}")
    heading(visitor, "The picture" if layer == "input" else layer)
    visitor.check()
