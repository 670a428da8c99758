"""A report as a browser reads it."""

from html.parser import HTMLParser

VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """Notes all tags and texts; what is not nested well is an error."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        assert len(attrs) == len(dict(attrs)), f"{tag} has an attribute twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert "svg" in self._open, f"{tag} closes itself outside of a drawing"
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open, f"{tag} ends nothing"
        assert self._open.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.texts.append((tuple(self._open), data.strip()))

    @property
    def words(self) -> str:
        """All that is read."""
        return " ".join(text for path, text in self.texts if "style" not in path)

    def attributes(self, tag: str, name: str) -> list[str]:
        """Of all tags of a kind that have it."""
        return [found[name] for kind, found in self.tags if kind == tag and name in found]


class Table(HTMLParser):
    """The cells of one table's body."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[list[str]] = []

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.found.append([])
        elif tag in ("td", "th"):
            self.found[-1].append("")

    def handle_data(self, data):
        if self.found and self.found[-1]:
            self.found[-1][-1] += data.strip()


def table(text: str, label: str) -> list[list[str]]:
    """The texts of the cells of each row below the head, of the table in the region so called."""
    begins = text.index("<tbody>", text.index(f'aria-label="{label}" tabindex'))
    reader = Table()
    reader.feed(text[begins : text.index("</tbody>", begins)])
    return reader.found


def check(text: str) -> Page:
    """Well nested, labelled, and nothing that a browser would fetch or run."""
    page = Page(text)
    kinds = {tag for tag, _ in page.tags}
    assert kinds.isdisjoint({"script", "iframe", "link", "object", "embed", "form", "base", "use"})
    for tag, attributes in page.tags:
        assert not any(name.startswith("on") for name in attributes), tag
        assert set(attributes).isdisjoint({"srcset", "background", "formaction", "xlink:href"})
        assert (attributes.get("src") or "data:image/jpeg;base64,").startswith("data:image/jpeg")
        assert (attributes.get("href") or "#").startswith("#")
        assert "url(" not in (attributes.get("style") or "")
    style = next(text for path, text in page.texts if path[-1] == "style")
    assert "url(" not in style
    assert "@import" not in style
    policy = page.attributes("meta", "content")
    assert "default-src 'none'; img-src data:; style-src 'unsafe-inline'" in policy
    assert ("html", {"lang": "en"}) in page.tags
    assert all(alt for alt in page.attributes("img", "alt"))
    assert len(page.attributes("img", "alt")) == len(page.attributes("img", "src"))
    assert all(page.attributes("svg", "aria-label"))
    ids = [found["id"] for _, found in page.tags if "id" in found]
    assert len(ids) == len(set(ids))
    assert {href[1:] for href in page.attributes("a", "href")} <= set(ids)
    assert kinds >= {"title", "h1"}
    return page
