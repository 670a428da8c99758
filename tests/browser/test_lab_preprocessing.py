"""The station Preprocessing in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_preprocessing__a_click_on_a_mistake_shows_it(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=preprocessing&preprocessing=mistakes&sample=chelsea")
    tiles = visitor.page.get_by_role("group", name="Ways to preprocess the picture")
    expect(tiles.get_by_role("button")).to_have_count(11)
    swapped = tiles.get_by_role("button", name="BGR, not RGB")
    swapped.click()
    expect(visitor.page.get_by_text("gives blue, green, red")).to_be_visible()
    visitor.rest()
    assert swapped.get_attribute("aria-pressed") == "true"
    visitor.check()
