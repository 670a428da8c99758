"""The report as a file."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.evaluation.answers import Answers
from core.evaluation.export.files import replaced
from core.evaluation.report.contents import ENDS, contents
from core.evaluation.report.pictures import Pictures
from core.evaluation.report.plane import Plane

if TYPE_CHECKING:
    from jinja2 import Template

_LABEL, _FILE = 80, 120  # letters
_TIME = "%Y-%m-%d %H:%M UTC"


def write_report(
    answers: Answers,
    path: Path,
    source: str | None,
    *,
    name: str = "",
    ended: float | None = None,
) -> None:
    """`html_report` into a file, which is replaced. EvaluationError where it cannot be written."""
    text = html_report(answers, source, name=name, ended=ended)
    with replaced(path) as partial:
        partial.write_text(text, encoding="utf-8")


def html_report(
    answers: Answers, source: str | None, *, name: str = "", ended: float | None = None
) -> str:
    """One page with everything in it: no script, and nothing that a browser would have to fetch.

    ``source`` is where the pictures are, as `data.open` takes it, None where they do not come with
    the answers; of those that are not what the model was asked about any more there is none. The
    ``name`` is the user's for the evaluation, which ``ended`` then, in seconds since the epoch.
    Whatever names files and classes hold is text, and long ones are cut: the page has at most 96
    pictures and 5 MB.
    """
    pictures = Pictures(answers, source)
    shown = contents(answers) if len(answers) else None
    return _template().render(
        title=name or _about(answers),
        facts=_facts(answers, ended),
        made=datetime.datetime.now(datetime.UTC).strftime(_TIME),
        found=shown,
        titles=answers.titles,
        pictures=pictures,
        worst=pictures.worst(),
        of_pairs=pictures.of_pairs(shown.pairs) if shown else (),
        Plane=Plane,
        ENDS=ENDS,
    )


def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_legible,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "percent": _percent,
        "number": "{:,}".format,
        "label": lambda text: _short(text, _LABEL),
        "file": lambda text: _short(text, _FILE),
        "flat": lambda array: np.asarray(array).tolist(),
    }
    return environment.get_template("report.html")


def _about(answers: Answers) -> str:
    meta = answers.table.meta
    return f"{meta['model']} on {meta['data']}"


def _facts(answers: Answers, ended: float | None) -> Mapping[str, str]:
    """What was asked about what."""
    meta = answers.table.meta
    left_out = {
        "of classes that the model does not know": answers.unmatched,
        "that cannot be read": answers.unreadable,
        "not asked about yet": answers.waiting,
    }
    told = [f"{number:,} {why}" for why, number in left_out.items() if number]
    facts = {
        "Model": meta["model"],
        "Weights (SHA-256)": meta["weights"],
        "Data": f"{meta['data']}, {answers.data_classes:,} classes",
        "Pictures": f"{len(answers):,}",
        "Left out": ", ".join(told) or "none",
    }
    if ended is not None:
        then = datetime.datetime.fromtimestamp(ended, datetime.UTC)
        facts["Evaluated"] = then.strftime(_TIME)
    return facts


def _percent(share: float | None, digits: int = 1) -> str:
    return "–" if share is None or np.isnan(share) else f"{share:.{digits}%}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _legible(value: object) -> object:
    """Text without characters that HTML does not allow, or that would turn what is around it."""
    from markupsafe import Markup

    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in value)
