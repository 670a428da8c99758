"""The station From features to classes in a real browser."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_classifier__a_click_on_a_channel_and_on_the_other_view(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=classifier&sample=chelsea")
    tiles = visitor.page.get_by_role("group", name="Channels that say most").get_by_role("button")
    expect(tiles).to_have_count(12)
    last = tiles.nth(11)
    number = last.inner_text().split()[1]
    last.click()
    cell = visitor.page.get_by_test_id("stTable").get_by_text(number, exact=True)
    expect(cell).to_be_visible()
    visitor.page.get_by_role("radio", name="From logits to probabilities").click()
    expect(visitor.page.get_by_text("equally probable classes")).to_be_visible()
    visitor.rest()
    assert "classifier=softmax" in visitor.page.url
    visitor.check()
