"""What a page shows as one HTML file that needs nothing else: no scripts, no fonts, no network."""

import base64
import datetime
import html
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from core import paths
from core.figures.heatmap import Scale, colour_strip, png

_MOST_CELLS = 1024  # of a map whose numbers are listed

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.1rem; margin-bottom: .3rem }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem } dt { opacity: .75 }
dd { margin: 0; overflow-wrap: anywhere }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); gap: 1.2rem }
figure { margin: 0 } figure img { width: 100%; border-radius: 8px }
.bar { max-width: 36rem; margin: 1.5rem 0 } .bar img { width: 100%; height: 14px; display: block }
.bar div { display: flex; justify-content: space-between }
details { overflow-x: auto } td { text-align: right; padding: 0 .4rem; font-size: .8rem }
footer { margin-top: 2rem; opacity: .75; font-size: .9rem }
"""


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture of the report, with what is written below it."""

    title: str
    picture: Image.Image
    alt: str
    lines: tuple[str, ...] = ()
    values: np.ndarray | None = None
    """The map's numbers, (rows, columns), which can be unfolded."""


def report(
    title: str,
    facts: Sequence[tuple[str, str]],
    panels: Sequence[Panel],
    *,
    scale: Scale,
    unit: str,
    notes: Sequence[str] = (),
) -> str:
    """The file's text. Whatever is given is text, never markup."""
    made = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC")
    rows = "".join(f"<dt>{_safe(name)}</dt><dd>{_safe(value)}</dd>" for name, value in facts)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "img-src data:; style-src 'unsafe-inline'\">"
        f"<title>{_safe(title)}</title><style>{_STYLE}</style></head>\n<body>"
        f"<h1>{_safe(title)}</h1>\n<dl>{rows}</dl>\n"
        f'<div class="panels">{"".join(map(_panel, panels))}</div>\n'
        f"{_bar(scale, unit)}\n"
        f"{''.join(f'<p>{_safe(note)}</p>' for note in notes)}"
        f"<footer>Netlens {_safe(version())}, {made}</footer></body></html>\n"
    )


def version() -> str:
    """Of this software."""
    project = tomllib.loads((paths.ASSETS.parent / "pyproject.toml").read_text())
    return project["project"]["version"]


def _panel(panel: Panel) -> str:
    lines = "".join(f"<br>{_safe(line)}" for line in panel.lines)
    return (
        f"<figure><h2>{_safe(panel.title)}</h2>{_image(panel.picture, panel.alt)}"
        f"<figcaption>{lines.removeprefix('<br>')}</figcaption>{_numbers(panel.values)}</figure>"
    )


def _numbers(values: np.ndarray | None) -> str:
    if values is None or values.size > _MOST_CELLS:
        return ""
    rows = "".join(
        "<tr>" + "".join(f"<td>{value:.4g}</td>" for value in row) + "</tr>"
        for row in values.tolist()
    )
    return f"<details><summary>Numbers</summary><table>{rows}</table></details>"


def _bar(scale: Scale, unit: str) -> str:
    ends = [-scale.high, 0.0, scale.high] if scale.signed else [0.0, scale.high]
    shown = "".join(f"<span>{value:.3g}</span>" for value in ends)
    strip = _image(colour_strip(scale), f"Colours from {ends[0]:.3g} to {ends[-1]:.3g} {unit}")
    return f'<div class="bar">{strip}<div>{shown}</div>{_safe(unit)}</div>'


def _image(picture: Image.Image, alt: str) -> str:
    code = base64.b64encode(png(picture)).decode()
    return f'<img src="data:image/png;base64,{code}" alt="{_safe(alt)}">'


def _safe(text: str) -> str:
    """Text that is no markup, without characters that HTML does not allow."""
    return html.escape(
        "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)
    )
