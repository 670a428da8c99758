"""A newcomer tunes a model, closes the browser meanwhile, and finds it done."""

import re

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (400, "dark")])
def test_new_run__every_view_fits(server, visit, width, scheme):
    visitor = visit(server, width=width, scheme=scheme)
    for address in ("", "?view=run", "?view=runs", "?view=playground"):
        visitor.open(f"Fine-tune{address}")
        visitor.check()


def test_run__goes_on_while_the_browser_is_closed(server, visit):
    visitor = visit(server)
    visitor.open("Fine-tune")
    page = visitor.page
    page.get_by_text("Probe", exact=True).click()
    visitor.rest()
    page.get_by_placeholder("optional").fill("My first")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(re.compile("run="))
    page.get_by_role("button", name="Cancel").wait_for()
    visitor.check()
    address = page.url.rpartition("/")[2]
    visitor.context.close()

    later = visit(server)
    later.open(address)
    later.page.get_by_role("button", name="New run like this").wait_for(timeout=180_000)
    later.rest()
    assert "My first" in later.page.get_by_test_id("stMain").inner_text()
    later.check()
    later.open("Fine-tune?view=runs")
    later.check()
