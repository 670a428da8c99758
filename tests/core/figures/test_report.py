"""The page as one HTML file."""

import base64
import io
from html.parser import HTMLParser

import numpy as np
from PIL import Image

from core.figures.heatmap import Scale
from core.figures.report import Panel, report, version

EVIL = '<script>alert(1)</script><img src="http://evil.example/x.png">"\'&\x00\x1b'


class Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)


def example(text: str) -> str:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (9, 9, 3), np.uint8))
    panel = Panel(text, picture, text, (text,), np.array([[1.25, -0.5]]))
    return report(text, [(text, text)], [panel], scale=Scale(2.5, True), unit=text, notes=[text])


def test_report__holds_only_text_where_text_was_given():
    made = Reader(example(EVIL))
    assert {tag for tag, _ in made.tags}.isdisjoint({"script", "iframe", "link", "object", "a"})
    for tag, attributes in made.tags:
        assert not any(name.startswith("on") for name in attributes)
        for name in ("src", "href"):
            assert attributes.get(name, "data:").startswith("data:"), tag
    said = "".join(made.words)
    assert said.count("<script>alert(1)</script>") >= 6
    assert "\x00" not in said
    alts = [attributes["alt"] for tag, attributes in made.tags if tag == "img"]
    assert alts[0].startswith("<script>")


def test_report__forbids_the_browser_to_fetch_anything():
    policies = [a["content"] for t, a in Reader(example("cat")).tags if "http-equiv" in a]
    assert "default-src 'none'" in policies[0]


def test_report__carries_pictures_numbers_scale_and_version():
    text = example("cat")
    made = Reader(text)
    images = [a["src"] for t, a in made.tags if t == "img"]
    picture = Image.open(io.BytesIO(base64.b64decode(images[0].partition(",")[2])))
    assert picture.size == (9, 9)
    said = " ".join(made.words)
    assert "1.25" in said and "-0.5" in said  # the map
    assert "-2.5" in said and "2.5" in said  # the ends of the bar
    assert f"Netlens {version()}" in said
