"""What the Mistakes page asks of answers about 1.28 million pictures, and what it costs.

    python benchmarks/answers.py [--pictures 1280000] [--large] [--folder DIR]

Makes the answers about so many pictures of 1,000 classes in a temporary folder (below DIR, to try
another disk), with --large about ImageNet-21k's 14.2 million too. Every query is asked of answers
that were just opened (cold) and once more of the same ones (warm): medians of three times, in
milliseconds; of the cold ones also the processor's time, of all cores together. A finished
evaluation is opened once for all sessions, one that goes on again and again. The system remembers
what it has just written: a cold disk takes longer. Memory is what the process adds at its peak,
with what it has looked at of the arrays on the disk.

Then the page itself, without a browser: it is opened on a server that has drawn it before, and
shows each view; of a finished evaluation, and of one of which 60 % are answered.
"""

import argparse
import logging
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
import scipy.special  # noqa: E402
import scipy.stats  # noqa: E402, F401
from memory import peak_memory  # noqa: E402
from streamlit.testing.v1 import AppTest  # noqa: E402

from core.evaluation.answers import FOLDER, Answers  # noqa: E402
from core.evaluation.confusions import most_confused, mutual, part  # noqa: E402
from core.evaluation.hierarchy.groups import group_of, group_scores  # noqa: E402
from core.evaluation.hierarchy.severity import merged_accuracy  # noqa: E402
from core.evaluation.pairing import Pairing, pair  # noqa: E402
from core.evaluation.review.queue import voted  # noqa: E402
from core.evaluation.running import table as tables  # noqa: E402
from core.evaluation.running.table import WAITING  # noqa: E402
from core.evaluation.scores.per_class import per_class, report  # noqa: E402
from core.evaluation.selection import CONFIDENCE, Selection, Span  # noqa: E402
from core.evaluation.similar.neighbours import nearest  # noqa: E402
from core.runs.run import RESULT  # noqa: E402
from tests.core.evaluation import synthetic  # noqa: E402

LARGE = 14_200_000
VALIDATION = 50_000
FEATURES = 1280
SHOWN = 24
TIMES = 3
VOTES = {(f"{at:064x}", "n02123045"): "label" for at in range(1000)}
"""Of other pictures than these."""
Query = Callable[[Answers], object]


def gallery(chosen: Selection, *, late: bool = False) -> Query:
    """The first page of what is chosen, or the last."""

    def query(answers: Answers) -> object:
        rows = chosen.rows(answers)
        start = max(0, len(rows) - SHOWN) if late else 0
        return chosen.page(answers, rows, start, SHOWN)

    return query


def matrix(answers: Answers) -> object:
    """Of the groups."""
    owner = group_of(answers.groups, len(answers.classes))
    return answers.counts.merged(owner, len(answers.groups))


def within(answers: Answers) -> object:
    """The matrix of the classes of the largest group."""
    counts, classes = answers.counts, np.array(answers.groups[0].classes)
    inside = np.isin(counts.truths, classes) & np.isin(counts.predicted, classes)
    return part(counts, most_confused(counts.where(inside), 20))


def compared(found: Pairing) -> object:
    """What the view of two models counts and shows."""
    page = found.page("both", found.rows["both"], 0, SHOWN)
    return found.counts.interval, found.classes.gained(8), found.merged, page


QUERIES: Mapping[str, Mapping[str, Query]] = {
    "overview": {
        "headline": lambda answers: answers.headline,
        "severity": lambda answers: answers.graded,
        "granularity": lambda answers: merged_accuracy(answers.counts, answers.hierarchy),
        "calibration": lambda answers: answers.reliability,
        "groups": lambda answers: group_scores(answers.counts, answers.groups),
        "weak slices": lambda answers: answers.findings,
    },
    "confusions": {
        "headline": lambda answers: answers.headline,
        "groups": matrix,
        "within a group": within,
        "mutual pairs": lambda answers: mutual(answers.counts, 100),
    },
    "classes": {
        "headline": lambda answers: answers.headline,
        "table and report": lambda answers: report(per_class(answers.counts), answers.titles),
    },
    "gallery: errors by loss": {"page 1": gallery(Selection())},
    "gallery: errors, last page": {"last": gallery(Selection(), late=True)},
    "gallery: all, surest": {"page 1": gallery(Selection(outcome="all", order="sure"))},
    "gallery: all, last page": {"last": gallery(Selection(outcome="all", order="sure"), late=True)},
    "gallery: one pair": {"page 1": gallery(Selection((3,), (4,), "all"))},
    "gallery: a group": {"page 1": gallery(Selection(tuple(range(151, 269))))},
    "gallery: near errors": {"page 1": gallery(Selection(outcome="near", order="unsure"))},
    "gallery: a slice": {"page 1": gallery(Selection(span=Span("sharpness", 0, 100)))},
    "gallery: sure errors": {"page 1": gallery(Selection(span=Span(CONFIDENCE, 0.9, 1)))},
    "review": {
        "order": lambda answers: answers.suspects,
        "voted": lambda answers: voted(answers, VOTES),
    },
    "compare": {"all of it": lambda answers: compared(pair(answers, answers))},
    "a picture's row and name": {
        "both": lambda answers: answers.file(answers.at(int(answers.table["position"][-9])) or 0)
    },
}
"""By view and by part of it; the figures above every view belong to those that the page has."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pictures", type=int, default=1_280_000)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--folder", type=Path)
    args = parser.parse_args()
    logging.disable(logging.WARNING)  # AppTest runs Streamlit bare, which it remarks on
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        os.environ["NETLENS_HOME"] = f"{folder}/home"
        print(f"{'neighbours of one':<40}{neighbours(Path(folder)):18.1f} ms   (at most 200)")
        named = synthetic.table(
            Path(folder) / "validation", VALIDATION, name="ILSVRC2012_val_{:08}.JPEG"
        )
        ask(named.folder, 200)
        show("bundled", "of what is shipped, for the first time")
        ask_and_show(args.pictures, 200)
        if args.large:
            ask_and_show(LARGE, 1500)


def ask_and_show(n: int, most: int) -> None:
    """Print what so many answers cost."""
    run = synthetic.run(n)
    ask(run.folder / FOLDER, most)
    show(run.id, f"of a finished evaluation of {n:,}")
    (run.folder / RESULT).unlink()
    table = tables.load(run.folder / FOLDER, write=True)
    table["state"][np.random.default_rng(0).random(n) > 0.6] = WAITING
    show(run.id, f"of 60 % of {n:,} that are opened anew each time")


def ask(folder: Path, most: int) -> None:
    """Print what each query costs of the answers in a folder."""

    def opened() -> Answers:
        return Answers(tables.load(folder))

    title = f"{len(opened()):,} answers"
    print(f"\n{title:<34}{'cold':>9}{'cores':>9}{'warm':>9} ms{'MiB':>9}   (at most {most} ms)")
    for view, queries in QUERIES.items():
        if len(queries) > 1:
            line(view, opened, whole(queries))
        for name, query in queries.items():
            line(f"  {name}" if len(queries) > 1 else view, opened, query)


def line(name: str, opened: Callable[[], Answers], query: Query) -> None:
    """Ask cold and warm."""
    cold, cores, warm = [], [], []
    for _ in range(TIMES):
        began, spent = time.perf_counter(), time.process_time()
        answers = opened()
        query(answers)
        cold.append(time.perf_counter() - began)
        cores.append(time.process_time() - spent)
        began = time.perf_counter()
        query(answers)
        warm.append(time.perf_counter() - began)
    peak = peak_memory(lambda: query(opened()), "cpu", times=1)
    took = (1000 * statistics.median(times) for times in (cold, cores, warm))
    print(f"{name:<34}" + "".join(f"{one:9.1f}" for one in took) + f"{peak:12.0f}", flush=True)


def whole(queries: Mapping[str, Query]) -> Query:
    """All of a view's."""
    return lambda answers: [query(answers) for query in queries.values()]


def neighbours(folder: Path) -> float:
    """Milliseconds to find those of one picture, the median of some."""
    dice = np.random.default_rng(0)
    np.save(folder / "embedding.npy", dice.random((VALIDATION, FEATURES), np.float32).astype("f2"))
    embedding = np.load(folder / "embedding.npy", mmap_mode="r")
    took = []
    for row in range(9):
        began = time.perf_counter()
        nearest(embedding, np.asarray(embedding[row : row + 1]), 8, own=np.array([row]))
        took.append(1000 * (time.perf_counter() - began))
    return statistics.median(took)


def show(run_id: str, title: str) -> None:
    """Print what the page costs: the first time in a session, and then each view twice."""
    print(f"\nThe page {title}")
    app = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=120)
    app.switch_page("pages/6_Mistakes.py")
    app.query_params["run"] = run_id
    print(f"{'opened':<40}{drawn(app):9.1f} ms   (at most 1000)", flush=True)
    for view in ("overview", "confusions", "classes", "gallery", "review", "compare"):
        app.query_params["view"] = view
        took = "".join(f"{drawn(app):9.1f}" for _ in range(2))
        print(f"{view + ', and once more':<40}{took} ms", flush=True)


def drawn(app: AppTest) -> float:
    """Milliseconds of one run of the script. RuntimeError for what a user would see of one."""
    began = time.perf_counter()
    app.run()
    took = 1000 * (time.perf_counter() - began)
    if app.exception or app.error:
        raise RuntimeError((app.exception or app.error)[0].value)
    return took


if __name__ == "__main__":
    main()
