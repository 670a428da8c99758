"""The station Gradient descent in a real browser: played, and started elsewhere by a click."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_lab_descent__plays_and_begins_where_it_is_clicked(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=descent&surface=minima")
    figure = visitor.page.locator(".st-key-lab_descent_figure")
    figure.get_by_text("Play").click()
    expect(figure.get_by_text("after step 60")).to_have_count(0)
    expect(figure.get_by_text("after step 60")).to_be_visible(timeout=20_000)
    surface = figure.locator(".imagelayer image").bounding_box()
    visitor.page.mouse.click(
        surface["x"] + surface["width"] * 0.1, surface["y"] + surface["height"] * 0.2
    )
    expect(visitor.page.get_by_role("cell", name="(-2.81, 3.13)").first).to_be_visible()
    visitor.rest()
    visitor.check()
