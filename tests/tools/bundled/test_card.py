"""The card tells what was measured, and of the file that lies beside it."""

import re

import numpy as np
import pyarrow.parquet as pq
import pytest

from core.errors import DataError
from core.evaluation.shipped import shipped
from core.models.header import read_metadata
from tools.bundled.answers import ask
from tools.bundled.card import text, write
from tools.bundled.measure import measure
from tools.bundled.places import MODEL
from tools.bundled.weights import export


@pytest.fixture(scope="module")
def written(tiny, home, went_on, photographs, tmp_path_factory):
    """Model file, figures and card of the small training, and its answers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NETLENS_HOME", str(home))
        place = tmp_path_factory.mktemp("shipped")
        file = place / "small-resnet-tiny-imagenet.safetensors"
        export(went_on, file, photographs)
        ask(str(tiny / "val.parquet"), f"run/{went_on.name}", place / "answers.npz")
        answers = shipped(place / "answers.npz")
        figures = write(file, answers, str(tiny / "val.parquet"), photographs)
        yield file, figures, file.with_suffix(".md").read_text(), answers


def test_write__tells_the_figures_that_it_returns(written):
    _, figures, card, answers = written
    assert f"| top-1 | **{figures['top1']:.2%}** |" in card
    assert f"| top-5 | **{figures['top5']:.2%}** |" in card
    assert f"| expected calibration error | {figures['ece']:.3f} |" in card
    assert f"in the object's box | {figures['pointing']:.1%} |" in card
    assert figures["centre"] == 1 or figures["centre"] == 0  # all boxes are alike
    assert figures["top1"] == pytest.approx((answers.predicted == answers.labels).mean())


def test_write__tells_every_epoch_of_every_part(written):
    _, _, card, _ = written
    rows = re.findall(r"^ +\| (\d+) \| (\d+) \| [\d.]+ \| [\d.]+% \|$", card, re.M)
    sizes = [(1, 32), (2, 32), (3, 48), (4, 64), (5, 64), (1, 48), (2, 64)]
    assert [(int(a), int(b)) for a, b in rows] == sizes
    assert "1. From random weights: 5 epochs of 146 pictures" in card
    assert "2. From the weights before it: 2 epochs of 146 pictures" in card
    assert "epochs 5 in place of 18" in " ".join(card.split())


def test_write__tells_classes_photographs_and_threshold(written):
    file, _, card, answers = written
    assert "It knows 3 of ImageNet's 1,000 classes" in card
    for name in answers.titles:
        assert re.search(rf"{re.escape(name)} \d+%", card)
    assert re.search(r"On \d+ photographs of its classes", card)
    assert read_metadata(file)["reject"] is not None
    assert "photographs of other classes**, for" in " ".join(card.split())
    assert card.count("| ") > 20
    assert max(map(len, card.splitlines())) < 120


def test_text__without_photographs(written, tiny):
    file, _, _, answers = written
    card = text(
        read_metadata(file) | {"reject": None}, measure(file, answers, str(tiny), None), file
    )
    assert "photographs of its classes" not in card
    assert "no threshold below which" in card
    assert "perhaps none" not in card


def test_card__of_the_shipped_model_is_of_its_file_and_answers():
    card, metadata = MODEL.with_suffix(".md").read_text(), read_metadata(MODEL)
    answers = shipped()
    headline = answers.headline
    assert f"| top-1 | **{headline.top1:.2%}** |" in card
    assert f"| top-5 | **{headline.top5:.2%}** |" in card
    assert f"| expected calibration error | {headline.ece:.3f} |" in card
    assert f"resized to {metadata['input_size']} x {metadata['input_size']} pixels" in card
    assert f"{metadata['reject']['below']:.1%}, which costs a tenth" in " ".join(card.split())
    told = dict(re.findall(r"([^,\n]+?) (\d+)%(?=[,.])", card.partition("## Every class")[2]))
    recall = {}
    for at, title in enumerate(answers.titles):
        of_class = answers.labels == at
        recall[title] = np.mean(answers.predicted[of_class] == at)
    assert {name.strip(): share for name, share in told.items()}.items() >= {
        title: f"{share * 100:.0f}" for title, share in recall.items()
    }.items()


def test_measure__of_other_data_than_the_answers(written, tiny, tmp_path):
    file, _, _, answers = written
    fewer = pq.read_table(tiny / "val.parquet").slice(0, 20)
    pq.write_table(fewer, tmp_path / "val.parquet")
    with pytest.raises(DataError, match="has changed since the evaluation"):
        measure(file, answers, str(tmp_path / "val.parquet"), None)
