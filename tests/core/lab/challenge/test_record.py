"""What is on record of ImageNet: it must not contradict itself, nor what other packages list."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

from core import catalog
from core.lab import architectures
from core.lab.challenge.record import FILE, history, read

HISTORY = history()


def timm_file(name):
    timm = importlib.util.find_spec("timm")
    if timm is None:
        pytest.skip("timm, which carries the lists, is not installed")
    return (Path(timm.origin).parent / "data" / "_info" / name).read_text()


def test_winners__are_one_for_each_year_and_the_best_of_it():
    assert [one.year for one in HISTORY.winners] == list(range(2010, 2018))
    errors = [one.error for one in HISTORY.winners]
    assert errors == sorted(errors, reverse=True)
    for one in HISTORY.winners:
        rivals = [e.error for e in HISTORY.entries if e.year == one.year and not e.extra_data]
        assert one.error == min(rivals)
        assert HISTORY.winner(one.year) is one


def test_entries__with_more_data_are_of_a_team_that_also_came_without():
    for one in HISTORY.entries:
        if one.extra_data:
            assert one.team == HISTORY.winner(one.year).team
            assert one.error < HISTORY.winner(one.year).error


def test_nets__are_architectures_of_the_lab():
    nets = {one.net for one in (*HISTORY.entries, *HISTORY.models)} - {""}
    assert nets <= set(architectures.load())


def test_years__of_models_are_those_of_their_first_versions():
    """Which the address of a preprint begins with."""
    preprints = [one for one in HISTORY.models if "arxiv.org" in one.sources[0].url]
    assert len(preprints) == len(HISTORY.models) - 1
    for one in preprints:
        assert one.year == 2000 + int(re.search(r"abs/(\d\d)", one.sources[0].url)[1]), one.name


def test_years__are_those_of_the_architectures():
    known = {one.url: one for one in architectures.load().values()}
    shared = [one for one in HISTORY.models if one.sources[0].url in known]
    assert len(shared) == 6
    for one in shared:
        assert one.year == known[one.sources[0].url].year, one.name


def test_names__are_all_different():
    for records in (HISTORY.models, HISTORY.editions, HISTORY.steps, HISTORY.findings):
        names = [one.name for one in records]
        assert len(set(names)) == len(names)
    assert len({one.said for one in HISTORY.claims}) == len(HISTORY.claims)


@pytest.mark.parametrize(
    "name", ["ILSVRC 2010", "ILSVRC 2011", "ILSVRC 2012 to 2017", "Tiny ImageNet", "Imagenette"]
)
def test_editions__parts_add_up(name):
    edition = HISTORY.edition(name)
    parts = re.findall(r"([\d,]+) to (?:train|validate|test)", edition.note)
    assert sum(int(part.replace(",", "")) for part in parts) == edition.pictures


def test_editions__have_the_classes_of_the_catalogue_and_of_timm():
    known = catalog.load()
    assert HISTORY.edition("ImageNet, fall 2011").classes == len(known.classes("21k"))
    assert HISTORY.edition("ILSVRC 2012 to 2017").classes == len(known.classes("1k"))
    for name, file in {
        "ImageNet-21K-P": "imagenet21k_miil_synsets.txt",
        "ImageNet-A": "imagenet_a_synsets.txt",
        "ImageNet-R": "imagenet_r_synsets.txt",
    }.items():
        assert HISTORY.edition(name).classes == len(timm_file(file).split())


def test_findings__counts_are_those_of_the_reassessed_labels():
    labels = json.loads(timm_file("imagenet_real_labels.json"))
    assert len(labels) == HISTORY.edition("ReaL").pictures
    one, several, none = (
        sum(rule(len(some)) for some in labels)
        for rule in (lambda n: n == 1, lambda n: n > 1, lambda n: n == 0)
    )
    text = next(one.text for one in HISTORY.findings if one.name == "New labels")
    assert [f"{count:,}" for count in (one, several, none)] == re.findall(r"\d+,\d{3}", text)[1:]


def test_texts__say_numbers_as_the_records_have_them():
    """Figures that stand in a sentence and in a field of their own."""
    text = FILE.read_text("utf-8")
    whole, challenge = (
        HISTORY.edition(name) for name in ("ImageNet, fall 2011", "ILSVRC 2012 to 2017")
    )
    said = next(one.says for one in HISTORY.claims if "1.2 million" in one.said)
    assert f"{challenge.pictures:,}" in said
    said = next(one.says for one in HISTORY.claims if "15 million" in one.said)
    assert f"{whole.pictures:,} pictures in {whole.classes:,} synsets" in said
    unsafe, safe, everybody = 1593, 1239, 2832
    assert unsafe + safe == everybody
    assert all(f"{number:,}" in text for number in (unsafe, safe, everybody))
    said = next(one.says for one in HISTORY.claims if "15.3" in one.said)
    assert f"{HISTORY.winner(2012).error:.1f} %" in said


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('sources = ["ilsvrc2010", "lin2011"]', 'sources = ["lin2010"]', "no such source"),
        ('sources = ["ilsvrc2010", "lin2011"]', "sources = []", "no source"),
        ("error = 28.191", "error = 128.191", "NEC-UIUC"),
        ("error = 28.191", "error = 0", "NEC-UIUC"),
        ("error = 28.191\nwon = true", "error = 28.191\nwon = true\nextra_data = true", "NEC-UIUC"),
        ("year = 2011\nteam = \"XRCE\"", "year = 2010\nteam = \"XRCE\"", "two winners"),
        ("top1 = 59.3", "top1 = 100", "AlexNet"),
        ("first_year = 2014", "first_year = 2015", "VGG-16"),
        ("first_year = 2014", "first_year = 14", "VGG-16"),
        ('kind = "small"\npictures = 13_394', 'kind = "tiny"\npictures = 13_394', "Imagenette"),
        ("pictures = 13_394", "pictures = 9", "Imagenette"),
        ("year = 2009\ntitle", "year = 1909\ntitle", "1909"),
        ('"krizhevsky2012"]\nwhere = "sections 5 and 6"', '"x"]\nwhere = ""', "no such source"),
        ("[source.deng2009]", '[source.idle]\nauthors = "A"\nyear = 2020\ntitle = "T"\n'
         'venue = "V"\n\n[source.deng2009]', "nothing refers to idle"),
    ],
)  # fmt: skip
def test_read__names_what_is_wrong(tmp_path, old, new, complaint):
    text = FILE.read_text("utf-8")
    assert old in text
    damaged = tmp_path / "imagenet.toml"
    damaged.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ValueError, match=complaint):
        read(damaged)


def test_read__a_misspelt_field(tmp_path):
    damaged = tmp_path / "imagenet.toml"
    damaged.write_text(FILE.read_text("utf-8").replace("top1 = 59.3", "top_1 = 59.3"), "utf-8")
    with pytest.raises(TypeError, match="top_1"):
        read(damaged)


def test_history__knows_no_winner_of_2018_and_no_edition_of_its_own():
    with pytest.raises(KeyError):
        HISTORY.winner(2018)
    with pytest.raises(KeyError):
        HISTORY.edition("ImageNet")
