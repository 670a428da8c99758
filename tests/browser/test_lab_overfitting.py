"""The station Overfitting in a real browser."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_lab_overfitting__a_switch_trains_anew_and_a_long_training_is_cancelled(server, visit):
    visitor = visit(server)
    visitor.open("CNN_lab?view=overfitting")
    gaps = visitor.page.locator("[data-testid=stMetricValue]")
    expect(gaps).to_have_count(2, timeout=60_000)
    visitor.rest()
    plain, before = gaps.all_inner_texts()
    visitor.page.locator("[data-testid=stCheckbox]", has_text="Augmentation").click()
    expect(
        visitor.page.get_by_role("img", name=re.compile("training pictures, moved"))
    ).to_be_visible()
    expect(gaps.nth(1)).not_to_have_text(before, timeout=60_000)
    visitor.rest()
    after = gaps.all_inner_texts()
    assert after[0] == plain
    assert float(after[1].split()[0]) < float(plain.split()[0])

    for name in ("Training pictures", "Epochs"):  # some seconds of training
        visitor.page.get_by_role("slider", name=name).first.focus()
        visitor.page.keyboard.press("End")
    visitor.page.get_by_text("of 200 epochs").wait_for()
    visitor.page.get_by_role("button", name="Cancel").click()
    expect(visitor.page.get_by_text("The training was cancelled after")).to_be_visible()
    visitor.rest()
    visitor.check()
