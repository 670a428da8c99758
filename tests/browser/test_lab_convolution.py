"""The station Convolution in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_convolution__a_click_on_the_output_moves_the_window(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=convolution&sample=chelsea")
    grid = visitor.page.locator(".st-key-lab_convolution_output .heatmaplayer image")
    expect(grid).to_be_visible()
    visitor.rest()
    box = grid.bounding_box()  # 5 × 8 cells
    slider = visitor.page.get_by_role("slider", name="Step, of 40")
    for _ in range(2):  # once more, after the slider led elsewhere
        visitor.page.mouse.click(
            box["x"] + box["width"] * 2.5 / 8, box["y"] + box["height"] * 1.5 / 5
        )
        expect(slider).to_have_value("11")
        visitor.rest()
        slider.focus()
        visitor.page.keyboard.press("ArrowRight")
        expect(slider).to_have_value("12")
        visitor.rest()
    visitor.page.get_by_role("radio", name="Played").click()
    visitor.page.get_by_text("Play", exact=True).click()
    visitor.rest()
    visitor.check()
