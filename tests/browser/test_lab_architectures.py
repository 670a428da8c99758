"""The station Architectures in a real browser: a click on a stage."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_lab_architectures__a_click_on_a_stage_counts_it(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=architectures&net=vgg16")
    expect(visitor.page.get_by_text("102,764,544").first).to_be_visible()
    expect(visitor.page.locator(".x3tick")).to_have_count(14)
    visitor.rest()
    label = visitor.page.locator(".xtick", has_text="conv4").bounding_box()
    visitor.page.mouse.click(label["x"] + label["width"] / 2, label["y"] + 60)
    slider = visitor.page.get_by_role("slider")
    expect(slider).to_have_attribute("aria-valuetext", "conv4")
    expect(visitor.page.get_by_text("512 × 28 × 28", exact=True)).to_be_visible()
    visitor.rest()
    visitor.check()
