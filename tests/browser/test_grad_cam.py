"""The Grad-CAM page in a real browser."""

import re
from pathlib import Path

import numpy as np
import pytest

from core import images, models
from core.inside import heatmap
from tests.browser.conftest import running_app

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("width", "scheme"), [(1280, "dark"), (400, "light")])
def test_grad_cam__fits_in_both_themes_and_widths(server, visit, width, scheme):
    visitor = visit(server, width=width, scheme=scheme)
    visitor.open("Grad-CAM?sample=chelsea&target=predicted&target=n01641577")
    visitor.page.get_by_alt_text("Where Cat speaks more for A").wait_for()
    assert visitor.page.get_by_alt_text(re.compile("^Grad-CAM of")).count() == 2
    visitor.check()
    for view, word in (("By hand", "other channels"), ("Test it", "Nothing erased")):
        visitor.page.get_by_role("radio", name=view).click()
        visitor.page.get_by_text(word).first.wait_for()
        visitor.rest()
        visitor.check()


def test_grad_cam__a_class_is_chosen_and_back_leads_to_the_one_before(server, visit):
    visitor = visit(server)
    visitor.open("Grad-CAM?sample=chelsea")
    visitor.page.get_by_role("radio", name="Class").first.click()
    box = visitor.page.get_by_role("combobox", name="Class")
    visitor.page.wait_for_url(re.compile(r"target=\d+"))
    visitor.rest()
    box.fill("bullfrog")
    visitor.page.get_by_role("option", name="bullfrog").first.click()
    visitor.page.get_by_alt_text(re.compile("^Grad-CAM of bullfrog")).wait_for()
    visitor.rest()
    visitor.page.go_back()
    visitor.page.get_by_alt_text(re.compile("^Grad-CAM of Egyptian cat")).wait_for()
    visitor.rest()
    visitor.check()


def test_grad_cam__export_gives_the_numbers_and_a_page_that_loads_nothing(server, visit, tmp_path):
    visitor = visit(server)
    visitor.open("Grad-CAM?sample=chelsea")
    visitor.page.get_by_role("button", name="Export").click()
    files = {}
    for label in ("Heat map (PNG)", "Numbers (NPZ)", "This page (HTML)"):
        with visitor.page.expect_download() as download:
            visitor.page.get_by_role("button", name=label).click()
        files[label] = tmp_path / download.value.suggested_filename
        download.value.save_as(files[label])
    visitor.check()
    picture = images.read_file(images.sample("chelsea").path)
    expected = heatmap(models.load(device="cpu"), picture)
    with np.load(files["Numbers (NPZ)"]) as kept:
        assert np.abs(kept["raw"] - expected.raw).max() < 1e-5
        assert int(kept["target"]) == expected.target.plus[0]
    assert images.read_file(files["Heat map (PNG)"]).image.size == expected.crop.size
    _check_page(visitor, files["This page (HTML)"])


def _check_page(visitor, file: Path) -> None:
    """Opened from the disk, it shows its pictures and asks for nothing."""
    page = visitor.context.new_page()
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    sizes = page.evaluate("() => [...document.images].map((i) => i.naturalWidth)")
    assert len(sizes) == 3 and min(sizes) > 0
    assert page.get_by_text("bundled/small-resnet-tiny-imagenet").count() >= 1
    assert page.get_by_text("logits per cell").count() == 1
    page.close()


@pytest.mark.shared_data
def test_grad_cam__a_cancelled_occlusion_leaves_a_sentence_and_a_page_that_works(
    tmp_path, visit, shared_data, monkeypatch
):
    monkeypatch.setenv("TORCH_HOME", str(shared_data.parent / "torch_home"))
    with running_app(tmp_path) as url:
        visitor = visit(url)
        visitor.open("Grad-CAM?sample=chelsea&model=torchvision%2Fmobilenet_v2&method=occlusion")
        visitor.page.get_by_role("button", name="Compute occlusion").click()
        visitor.page.get_by_text(re.compile(r"^\d+ of \d+ patches")).wait_for()
        visitor.page.get_by_role("button", name="Cancel").click()
        said = visitor.page.get_by_text(re.compile(r"Occlusion was cancelled after \d+ of \d+"))
        said.wait_for()
        visitor.rest()
        assert visitor.page.get_by_role("button", name="Cancel").count() == 0
        again = visitor.page.get_by_role("button", name="Compute occlusion again")
        assert again.is_enabled()
        visitor.check()
