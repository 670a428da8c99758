"""The station Augmentation in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_augmentation__a_slider_moves_the_marker_and_the_answer(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=augmentation&augmentation=rotation&sample=chelsea")
    metric = visitor.page.get_by_test_id("stMetricValue")
    untouched = metric.inner_text()
    slider = visitor.page.get_by_role("slider", name="Degrees")
    slider.focus()
    for _ in range(4):
        visitor.page.keyboard.press("ArrowRight")
    expect(metric).not_to_have_text(untouched)
    visitor.rest()
    assert slider.get_attribute("aria-valuetext") == "20"
    visitor.page.get_by_role("radio", name="CutMix").click()
    expect(visitor.page.get_by_text("Second picture")).to_be_visible()
    visitor.rest()
    assert "augmentation=cutmix" in visitor.page.url
    visitor.check()
