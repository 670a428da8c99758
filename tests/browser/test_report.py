"""The report of an evaluation: downloaded, and opened offline from its file."""

import re

import pytest

from tests.browser.conftest import running_app
from tests.core.evaluation.running import pets
from tests.pages import judged

pytestmark = pytest.mark.browser


def test_report__downloaded_and_opened_without_any_request(chromium, visit, tmp_path, netlens_home):
    netlens_home.mkdir(parents=True)
    run = judged.done(pets.folder(tmp_path / "pets", 6), name="<b>mine</b>")
    with running_app(netlens_home) as url:
        visitor = visit(url)
        visitor.open(f"Mistakes?run={run.id}")
        visitor.page.get_by_role("button", name="Export").click()
        files = {}
        for label in ("CSV", "Parquet", "Report (HTML)"):
            with visitor.page.expect_download() as download:
                visitor.page.get_by_role("button", name=label, exact=True).click()
            files[label] = tmp_path / download.value.suggested_filename
            download.value.save_as(files[label])
        visitor.check()
    assert files["CSV"].read_bytes().startswith(b'"file","wnid"')
    assert files["Parquet"].read_bytes().startswith(b"PAR1")
    report = files["Report (HTML)"]
    assert report.name == "netlens-small-resnet-tiny-imagenet-on-pets.html"
    for width, scheme in ((1280, "light"), (400, "dark")):
        _look(chromium, report.as_uri(), width, scheme)


def _look(chromium, address: str, width: int, scheme: str) -> None:
    """Open the file in a browser that has no connection."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.set_offline(True)
    page = context.new_page()
    asked, said = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    assert [url for url in asked if not url.startswith("data:")] == [address]
    assert said == []
    page.get_by_role("heading", name="<b>mine</b>").wait_for()
    assert page.title() == "<b>mine</b> · Mistakes"
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}[scheme]
    assert page.get_by_role("img", name=re.compile("taken for")).count() > 0
    widths = page.evaluate("[...document.images].map((image) => image.naturalWidth)")
    assert min(widths) > 0
    assert page.get_by_role("img", name=re.compile("by confidence")).bounding_box()["height"] > 100
    context.close()
