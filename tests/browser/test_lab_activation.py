"""The station Activation and pooling in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_activation__pooling_by_a_click_at_400_pixels(server, visit):
    visitor = visit(server, width=400)
    visitor.open("CNN_lab?view=activation&sample=chelsea")
    visitor.page.get_by_role("radio", name="Pooling", exact=True).click()
    grid = visitor.page.locator(".st-key-lab_pooling_output .heatmaplayer image")
    expect(grid).to_be_visible()
    visitor.rest()
    assert "activation=pooling" in visitor.page.url
    grid.scroll_into_view_if_needed()
    box = grid.bounding_box()  # 4 × 4 cells
    visitor.page.mouse.click(box["x"] + box["width"] * 3.5 / 4, box["y"] + box["height"] * 0.5 / 4)
    slider = visitor.page.get_by_role("slider", name="Step, of 16")
    expect(slider).to_have_value("4")
    visitor.rest()
    visitor.check()
