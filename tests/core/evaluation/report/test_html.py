"""The report as one HTML file."""

import base64
import hashlib
import io

import numpy as np
import pytest
from PIL import Image

from core import data, models
from core.errors import EvaluationError
from core.evaluation.answers import Answers, open_answers
from core.evaluation.confusions import mutual
from core.evaluation.hierarchy.groups import group_scores
from core.evaluation.hierarchy.severity import GRADES, WORDS, merged_accuracy
from core.evaluation.report.html import html_report, write_report
from core.evaluation.scores.calibration import reliability
from core.evaluation.scores.per_class import per_class
from core.evaluation.selection import Selection
from core.evaluation.shipped import shipped
from core.evaluation.slices.slices import findings
from tests.core.evaluation.export import judged
from tests.core.evaluation.report.reading import check, table

EVIL = (
    '<script>alert(1)</script>',
    '"><img src="http://evil.example/x.png" onerror="x">',
    "' onmouseover='x",
    "&lt;b&gt;&amp;",
    "{{ 7 * 7 }}{% raw %}",
    "</title></style><style>@import 'http://evil.example'</style>",
    "\udcff\u202e\x1b\x85\u2028",
)  # fmt: skip


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(tmp_path_factory.mktemp("home")))
        yield shipped()


@pytest.fixture(scope="module")
def text(answers):
    return html_report(answers, None)


@pytest.fixture
def run(tmp_path):
    return judged.done(tmp_path)[0]


def test_html_report__is_well_formed_and_fetches_nothing(text):
    page = check(text)
    title = "bundled/small-resnet-tiny-imagenet on tiny-imagenet-200-val"
    assert (("html", "head", "title"), f"{title} · Mistakes") in page.texts
    digest = models.weights_digest(models.DEFAULT_MODEL)
    for fact in ("10,000", "Left out none", digest[:16], "200 classes"):
        assert fact in page.words


def test_html_report__has_the_figures_of_the_page(text, answers):
    words = check(text).words
    head = answers.headline
    assert f"Top-1 {head.top1:.1%} {head.top1_low:.1%} to {head.top1_high:.1%}" in words
    assert f"Top-5 {head.top5:.1%} {head.top5_low:.1%} to {head.top5_high:.1%}" in words
    assert f"Calibration error {head.ece:.1%}" in words
    assert f"Log loss {head.log_loss:.2f}" in words
    assert f"Macro F1 {head.macro_f1:.1%}" in words
    wrong = int((~answers.right).sum())
    assert f"Of the {wrong:,} errors" in words
    counts = np.bincount(answers.grades, minlength=len(GRADES)).tolist()
    for grade, count in zip(GRADES[1:], counts[1:], strict=True):
        told = f"{count / wrong:.0%} {WORDS[grade]} ({count:,})"
        assert (told in words) == (count > 0)


def test_html_report__has_the_groups_of_the_page(text, answers):
    rows = table(text, "Groups of classes")
    scores = [one for one in group_scores(answers.counts, answers.groups) if one.n]
    wanted = {
        (one.group.label if one.group.wnid else "all others"): (
            f"{one.exact / one.n:.0%}", f"{one.within / one.n:.0%}", f"{one.n:,}",
        )
        for one in scores
    }  # fmt: skip
    assert {row[0]: (row[2], row[5], row[6]) for row in rows} == wanted
    upper = [float(row[3].rpartition(" ")[2].rstrip("%")) for row in rows]
    assert upper == sorted(upper)


def test_html_report__has_the_drawings_of_the_page(text, answers):
    page = check(text)
    titles = [words for path, words in page.texts if path[-2:] == ("g", "title")]
    found = reliability(answers.right, answers.confidence)
    filled = np.flatnonzero(found.n)
    assert [title.rpartition(": ")[2] for title in titles] == [
        f"{found.accuracy[at]:.1%} right of {found.n[at]:,}" for at in filled
    ]
    bars = [a for tag, a in page.tags if tag == "rect"]
    heights = np.array([float(bar["height"]) for bar in bars])
    assert heights / 206 == pytest.approx(found.accuracy[filled], abs=1e-3)
    dots = [words for path, words in page.texts if path[-2:] == ("circle", "title")]
    merged = merged_accuracy(answers.counts, answers.hierarchy)
    assert dots == [f"merged up to height {h}: {a:.1%}" for h, a in enumerate(merged.accuracy)]
    too_sure = np.nansum(found.gaps * found.n) > 0
    assert ("is too sure" in page.words) == too_sure


def test_html_report__has_the_slices_and_pairs_of_the_page(text, answers):
    clear = [one for one in findings(answers.signals, answers.right) if one.is_clear]
    rows = table(text, "Weak slices")
    assert [(row[0], row[1], row[3]) for row in rows] == [
        (one.slice.words, f"{one.slice.accuracy:.1%}", f"{100 * one.below:.1f} points")
        for one in clear
    ]
    pairs = mutual(answers.counts, 50)
    assert [tuple(row) for row in table(text, "Confused pairs")] == [
        (answers.titles[p.a], answers.titles[p.b], *map(str, (p.count, p.forth, p.back)))
        for p in pairs
    ]


def test_html_report__has_every_class_of_the_page(text, answers):
    scores = per_class(answers.counts)
    rows = {row[0]: row for row in table(text, "Classes")}
    assert len(rows) == 200
    matrix = answers.counts.dense()
    np.fill_diagonal(matrix, 0)
    for at, title in enumerate(answers.titles):
        row = rows[title]
        assert (row[1], row[3], row[4]) == tuple(
            f"{of[at]:.1%}" for of in (scores.recall, scores.precision, scores.f1)
        )
        assert (row[5], row[6]) == (str(scores.support[at]), str(scores.said[at]))
        other = int(matrix[at].argmax())
        assert row[7] == f"{answers.titles[other]} · {matrix[at, other]}"
    recalls = [float(row[1].rstrip("%")) for row in table(text, "Classes")]
    assert recalls == sorted(recalls)


def test_html_report__without_pictures_says_so_and_lists_the_errors(text, answers):
    assert "do not come with these answers. This report has none." in check(text).words
    rows = table(text, "Worst errors")
    wrong = np.flatnonzero(~answers.right)
    order = wrong[np.argsort(-answers.loss[wrong], kind="stable")][:48]
    assert [row[0] for row in rows] == [answers.file(i) for i in order]
    assert [row[4] for row in rows] == [f"{answers.loss[i]:.2f}" for i in order]


def pictures(page) -> list[Image.Image]:
    return [
        Image.open(io.BytesIO(base64.b64decode(src.partition(",")[2])))
        for src in page.attributes("img", "src")
    ]


def digests(dataset) -> np.ndarray:
    every = (hashlib.sha256(dataset.read(at)).digest() for at in range(len(dataset)))
    return np.array([list(one) for one in every], np.uint8)


def test_html_report__with_pictures(run, tmp_path):
    answers = open_answers(run)
    page = check(html_report(answers, str(tmp_path / "pets"), name="my pets", ended=0.0))
    assert "my pets · Mistakes" in page.words
    assert "1970-01-01 00:00 UTC" in page.words
    assert "6 of classes that the model does not know" in page.words
    shown = pictures(page)
    wrong = Selection().rows(answers)
    of_pairs = sum(min(pair.count, 4) for pair in mutual(answers.counts)[:12])
    assert len(shown) == len(wrong) + of_pairs
    assert {picture.format for picture in shown} == {"JPEG"}
    worst = Selection().page(answers, wrong, 0, 48)
    alts = page.attributes("img", "alt")[of_pairs:]
    assert alts == [
        f"{answers.titles[answers.labels[i]]}, taken for {answers.titles[answers.predicted[i]]} "
        f"at {answers.confidence[i]:.0%}"
        for i in worst
    ]
    files = [words for path, words in page.texts if path[-1] == "small" and "figcaption" in path]
    assert files[of_pairs:] == [answers.file(i) for i in worst]
    kept = data.open(str(tmp_path / "pets"))
    first = Image.open(io.BytesIO(kept.read(answers.position(worst[0]))))
    assert shown[of_pairs].size == first.size  # small ones stay as they are


def test_html_report__pictures_that_changed_are_left_out_and_counted(run, tmp_path):
    answers = open_answers(run)
    wrong = Selection().rows(answers)
    page = check(html_report(answers, str(tmp_path / "pets")))
    file = tmp_path / "pets" / answers.file(wrong[0])
    changed = sum(words == answers.file(wrong[0]) for _, words in page.texts)
    file.write_bytes((tmp_path / "pets" / answers.file(wrong[1])).read_bytes())
    again = check(html_report(answers, str(tmp_path / "pets")))
    assert len(pictures(again)) == len(pictures(page)) - changed
    assert f"cannot be read any more or have changed: {changed}." in again.words
    assert answers.file(wrong[0]) not in {words for _, words in again.texts}


def test_html_report__a_data_set_that_is_gone_or_changed_gives_none(run, tmp_path):
    answers = open_answers(run)
    (tmp_path / "pets").rename(tmp_path / "moved")
    for source in ("pets", "moved"):
        page = check(html_report(answers, str(tmp_path / source)))
        assert (pictures(page) == []) == (source == "pets")
        assert str(tmp_path) not in page.words  # nobody else need know where it was
    (tmp_path / "moved" / "aaa").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "moved" / "aaa" / "0.png")
    page = check(html_report(answers, str(tmp_path / "moved")))
    assert pictures(page) == []
    assert "had changed since the model was asked. This report has none." in page.words


def test_html_report__whatever_is_named_is_text(tmp_path):
    classes = [[None, f"{evil} {at}"] for at, evil in enumerate(EVIL)]
    names = [f"{evil} file" for evil in EVIL]
    said = np.roll(np.arange(len(EVIL)), 1)
    made = judged.made_up(tmp_path / "answers", names, classes, predicted=said)
    text = html_report(Answers(made), None, name="".join(EVIL[:2]))
    page = check(text)
    assert "http://evil.example" not in "".join(page.attributes("img", "src"))
    rows = table(text, "Worst errors")
    files = {row[0] for row in rows}
    assert {f"{evil} file" for evil in EVIL[:6]} <= files
    assert "\N{REPLACEMENT CHARACTER}" * 5 + " file" in files
    assert {row[1] for row in rows} >= {f"{evil} {at}" for at, evil in enumerate(EVIL[:6])}
    text.encode()


def test_html_report__with_evil_pictures_too(tmp_path):
    dice = np.random.default_rng(0)
    for evil in ("<b>cat", 'd"og'):
        (tmp_path / "evil" / evil).mkdir(parents=True)
        pixels = dice.integers(0, 255, (40, 300, 3), np.uint8)
        Image.fromarray(pixels).save(tmp_path / "evil" / evil / "a' onload='x&amp;.png")
    opened = data.open(str(tmp_path / "evil"))
    names = [opened.file(at) for at in range(2)]
    classes = [[None, one.label] for one in opened.classes]
    made = judged.made_up(tmp_path / "answers", names, classes, predicted=[1, 0])
    made.put(np.arange(2), {"sha256": digests(opened)})
    page = check(html_report(Answers(made), str(tmp_path / "evil")))
    assert len(pictures(page)) == 4
    assert {picture.size[0] for picture in pictures(page)} == {160}
    assert any("a' onload='x&amp;.png" in words for _, words in page.texts)


def test_html_report__stays_small_however_long_the_names_and_noisy_the_pictures(tmp_path):
    dice = np.random.default_rng(0)
    for label in ("x" * 240, "y" * 240):
        (tmp_path / "noise" / label).mkdir(parents=True)
        for at in range(30):
            pixels = dice.integers(0, 255, (300, 300, 3), np.uint8)
            Image.fromarray(pixels).save(tmp_path / "noise" / label / f"{'&' * 200}{at}.jpg")
    opened = data.open(str(tmp_path / "noise"))
    names = [opened.file(at) for at in range(60)]
    classes = [[None, '"' * 500 + str(at)] for at in range(1000)]
    labels, said = opened.labels, 1 - opened.labels
    made = judged.made_up(tmp_path / "answers", names, classes, said, labels=labels)
    made.put(np.arange(60), {"sha256": digests(opened)})
    answers = Answers(made)
    page = html_report(answers, str(tmp_path / "noise"))
    assert len(pictures(check(page))) >= 48
    assert len(page.encode()) < 5e6


def test_html_report__of_many_classes_has_the_worst_and_the_best(tmp_path):
    classes = [[None, f"c{at:04}"] for at in range(1200)]
    n = 3600
    dice = np.random.default_rng(1)
    labels = np.arange(n) % 1200
    said = np.where(dice.random(n) < 0.6, labels, (labels + 1) % 1200)
    made = judged.made_up(tmp_path / "answers", [f"{at}.png" for at in range(n)], classes, said)
    text = html_report(Answers(made), None)
    rows = table(text, "Classes")
    assert len(rows) == 200
    assert "There are 1,200 classes: these are the 100 of the lowest" in check(text).words
    recalls = np.array([float(row[1].rstrip("%")) for row in rows])
    assert (np.diff(recalls) >= 0).all()
    wanted = np.sort((labels == said).reshape(3, 1200).mean(0))
    assert recalls / 100 == pytest.approx(np.append(wanted[:100], wanted[-100:]), abs=1e-3)
    assert len({row[0] for row in rows}) == 200


@pytest.mark.parametrize("predicted", [[0, 1, 0], [1, 0, 1]])
def test_html_report__all_right_or_all_wrong(tmp_path, predicted):
    classes = [["n02123045", "cat"], ["n02099601", "dog"]]
    made = judged.made_up(tmp_path / "answers", ["a", "b", "c"], classes, predicted)
    words = check(html_report(Answers(made), None)).words
    assert ("There is no error." in words) == (predicted == [0, 1, 0])


def test_html_report__without_a_single_answer(tmp_path):
    made = judged.made_up(tmp_path / "answers", [], [[None, "cat"]])
    assert "no answer yet that could be judged" in check(html_report(Answers(made), None)).words


def test_write_report__replaces_a_file_or_says_why_not(answers, tmp_path):
    (tmp_path / "x.html").write_text("before")
    write_report(answers, tmp_path / "x.html", None)
    assert (tmp_path / "x.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert [file.name for file in tmp_path.iterdir()] == ["x.html"]
    with pytest.raises(EvaluationError, match="cannot be written"):
        write_report(answers, tmp_path / "none" / "x.html", None)
