"""The station Backpropagation in a real browser: a weight opened by a click."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_lab_backprop__a_click_opens_a_weight(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=backpropagation")
    figure = visitor.page.locator(".st-key-lab_backprop_figure")
    figure.get_by_text("-1.38", exact=True).last.click(force=True)  # gradient of c1
    expect(visitor.page.get_by_text("Value of c1")).to_be_visible()
    expect(visitor.page).to_have_url(re.compile("node=c1"))
    visitor.rest()
    visitor.check()
