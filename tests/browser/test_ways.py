"""The ways that a user goes, in a real browser."""

import re
import shutil

import pytest

from core import images
from tests.browser.conftest import running_app

pytestmark = pytest.mark.browser
PERCENT = re.compile(r"\d+\.\d %|\d+\.\d%")


def test_home__one_click_on_a_sample_classifies_it(server, visit):
    visitor = visit(server)
    visitor.open("")
    visitor.page.get_by_role("button", name="Cat").click()
    visitor.page.get_by_text("What small-resnet").wait_for()
    visitor.rest()
    assert visitor.page.get_by_text(PERCENT).count() >= 5
    assert "sample=chelsea" in visitor.page.url
    visitor.check()


def test_classify__an_upload_is_classified_and_its_class_looked_up(server, visit):
    visitor = visit(server)
    visitor.open("Classify")
    visitor.page.get_by_role("radio", name=re.compile("Upload")).click()
    visitor.rest()
    data = images.sample("chelsea").path.read_bytes()
    visitor.page.locator("input[type=file]").set_input_files(
        {"name": "my cat.png", "mimeType": "image/png", "buffer": data}
    )
    visitor.page.get_by_text("my cat.png, 451 × 300 pixels").wait_for()
    visitor.rest()
    links = visitor.page.locator("[data-testid=stMain] [data-testid=stPageLink-NavLink]")
    name = links.first.inner_text()
    links.first.click()
    visitor.page.wait_for_url(re.compile(r"/Classes\?.*wnid=n\d{8}"))
    visitor.rest()
    visitor.page.get_by_role("heading", name=name).wait_for()
    visitor.check()


def test_classify__text_renamed_to_jpg_gets_a_sentence_and_the_page_lives(server, visit):
    visitor = visit(server)
    visitor.open("Classify")
    visitor.page.get_by_role("radio", name=re.compile("Upload")).click()
    visitor.rest()
    files = visitor.page.locator("input[type=file]")
    files.set_input_files({"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"hello"})
    visitor.page.locator("[data-testid=stAlert]").get_by_text("notes.jpg").wait_for()
    visitor.check()
    good = images.sample("chelsea").path.read_bytes()
    files.set_input_files({"name": "good.png", "mimeType": "image/png", "buffer": good})
    visitor.page.get_by_text("2 pictures, 1 of them cannot be read").wait_for()
    visitor.rest()
    visitor.check()


def test_classes__deep_link_is_the_first_page_of_a_fresh_server(tmp_path, visit):
    with running_app(tmp_path) as url:
        visitor = visit(url)
        visitor.open("Classes?wnid=n02123394")
        visitor.page.get_by_role("heading", name="Persian cat").wait_for()
        visitor.page.get_by_role("link", name="Classify").first.wait_for()
        visitor.check()


def test_classify__deep_link_with_model_and_sample(tmp_path, visit):
    with running_app(tmp_path) as url:
        visitor = visit(url)
        visitor.open("Classify?sample=coffee&model=bundled%2Fsmall-resnet-tiny-imagenet")
        visitor.page.get_by_text("Coffee, 600 × 400 pixels").first.wait_for()
        visitor.check()


def test_classes__a_click_in_the_map_goes_down(server, visit):
    visitor = visit(server)
    visitor.open("Classes?wnid=n02084071")
    visitor.page.get_by_role("heading", name="dog", exact=True).wait_for()
    sector = visitor.page.locator("g.slice text").filter(has_text="toy dog").first
    box = sector.bounding_box()
    visitor.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    visitor.page.wait_for_url(re.compile("wnid=n02085374"))
    visitor.page.get_by_role("heading", name="toy dog", exact=True).wait_for()
    visitor.check()


def test_classes__an_unknown_wnid_gets_a_sentence(server, visit):
    visitor = visit(server)
    visitor.open("Classes?wnid=n00000000")
    visitor.page.locator("[data-testid=stAlert]").get_by_text("n00000000").wait_for()
    visitor.check()


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (1280, "light"),
        (400, "dark"),
        pytest.param(1280, "dark", marks=pytest.mark.soak),
        pytest.param(400, "light", marks=pytest.mark.soak),
    ],
)
@pytest.mark.parametrize("path", ["", "Classes?wnid=n02123394", "Classify?sample=chelsea"])
def test_pages__fit_in_both_themes_and_widths(server, visit, path, width, scheme):
    visitor = visit(server, width=width, scheme=scheme)
    visitor.open(path)
    background = visitor.page.evaluate(
        "() => getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
    )
    assert background == {"light": "rgb(255, 255, 255)", "dark": "rgb(18, 22, 28)"}[scheme]
    visitor.check()


def test_classify__two_sessions_at_once_get_what_they_get_alone(server, visit):
    def rows(visitor) -> list[str]:
        visitor.rest()
        return visitor.page.get_by_text(PERCENT).all_inner_texts()

    alone = {}
    for sample in ("chelsea", "coffee"):
        visitor = visit(server)
        visitor.open(f"Classify?sample={sample}")
        alone[sample] = rows(visitor)
        assert len(alone[sample]) >= 5
    pair = {sample: visit(server) for sample in alone}
    for sample, visitor in pair.items():
        visitor.page.goto(f"{server}/Classify?sample={sample}", wait_until="commit")
    for sample, visitor in pair.items():
        assert rows(visitor) == alone[sample]
        visitor.check()


def test_back__leads_from_a_picture_to_the_class_where_it_was_picked(tmp_path, visit):
    folder = tmp_path / "pets" / "n02123045"
    folder.mkdir(parents=True)
    shutil.copy(images.sample("chelsea").path, folder / "a.png")
    with running_app(tmp_path) as url:
        visitor = visit(url)
        visitor.open("Classes?wnid=n02123045")
        visitor.page.get_by_label("Folder of class folders").fill(str(tmp_path / "pets"))
        visitor.page.get_by_role("button", name="Add", exact=True).click()
        visitor.page.locator(".gallery button").click()
        visitor.page.wait_for_url(re.compile(r"/Classify\?.*item=0"))
        visitor.page.get_by_text("Labelled").wait_for()
        visitor.rest()
        visitor.page.go_back()
        visitor.page.wait_for_url(re.compile(r"/Classes\?.*wnid=n02123045"))
        visitor.page.get_by_role("heading", name="tabby", exact=True).wait_for()
        visitor.check()


def test_back__leads_from_a_class_to_the_prediction_that_named_it(server, visit):
    visitor = visit(server)
    visitor.open("?sample=coffee")
    links = visitor.page.locator("[class*=st-key-rows-] a")
    links.first.click()
    visitor.page.wait_for_url(re.compile(r"/Classes\?.*wnid=n\d{8}"))
    visitor.rest()
    visitor.page.go_back()
    visitor.page.get_by_text("Coffee, 600 × 400 pixels").wait_for()
    assert visitor.page.url == f"{server}/?sample=coffee"
    visitor.check()


def test_address__cannot_make_the_page_fetch_or_link_anything(server, visit):
    visitor = visit(server)
    visitor.open("?model=![x](http://127.0.0.2:9/leak.png)&sample=[Sign in](http://evil.example)")
    assert visitor.page.locator("[data-testid=stAlert]").count() == 2
    assert visitor.page.locator("[data-testid=stAlert] img").count() == 0
    for link in visitor.page.locator("[data-testid=stAlert] a").all():
        assert link.get_attribute("href") == link.inner_text()  # it shows where it leads
    visitor.check()
