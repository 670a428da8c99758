"""The station ImageNet and its challenge in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_challenge__another_year_shows_its_winner_by_key_and_by_click(server, visit):
    visitor = visit(server, width=400)
    visitor.open("CNN_lab?view=challenge")
    expect(visitor.page.get_by_text("Winner of 2012: SuperVision")).to_be_visible()
    visitor.page.get_by_role("slider", name="Year").focus()
    visitor.page.keyboard.press("ArrowRight")
    expect(visitor.page.get_by_text("Winner of 2013: Clarifai")).to_be_visible()
    visitor.rest()
    winners = visitor.page.locator(".scatterlayer .trace").nth(2).locator(".point")
    box = winners.nth(5).bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(visitor.page.get_by_text("Winner of 2015: MSRA")).to_be_visible()
    visitor.rest()
    visitor.check()
