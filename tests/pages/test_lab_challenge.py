"""The station ImageNet and its challenge."""

import pytest

from core.evaluation.shipped import shipped
from core.lab.challenge.record import history
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words


def shown(app):
    return float(app.metric[0].value.rstrip(" %"))


def test_challenge__year_chooses_its_winner(open_page):
    app = open_page(PAGE, view="challenge")
    assert shown(app) == pytest.approx(16.42)
    assert "Alex Krizhevsky" in words(app)
    app.select_slider(key="lab_challenge_year").set_value(2010).run()
    assert not app.exception
    assert shown(app) == pytest.approx(28.19)
    assert app.metric[0].delta == ""
    app.select_slider(key="lab_challenge_year").set_value(2015).run()
    assert "ResNet" in app.table[0].value["Method"].iloc[0]


def test_challenge__every_winner_and_every_model_can_be_shown(open_page):
    app = open_page(PAGE, view="challenge")
    for one in history().winners:
        app.select_slider(key="lab_challenge_year").set_value(one.year).run()
        assert not app.exception
        assert one.team in app.metric[0].label
    app = open_page(PAGE, view="challenge", chart="models")
    for one in history().models:
        app.selectbox(key="lab_challenge_model").select(one.name).run()
        assert not app.exception
        assert shown(app) == pytest.approx(one.top1)


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("AlexNet", "See its architecture"),
        ("ResNet-50, trained anew", "See its architecture"),
        ("ResNet-152", "See ResNet-50, of the same family"),
        ("EfficientNet-B7", "See EfficientNet-B0, of the same family"),
    ],
)
def test_challenge__another_network_of_the_family_is_said(open_page, model, label):
    app = open_page(PAGE, view="challenge", chart="models")
    app.selectbox(key="lab_challenge_model").select(model).run()
    assert label in {link.proto.label for link in app.main.get("page_link")}


def test_challenge__sources_are_links(open_page):
    app = open_page(PAGE, view="challenge")
    (said,) = (one.value for one in app.caption if one.value.startswith("**Source"))
    for source in history().winner(2012).sources:
        assert f"]({source.url})" in said


def test_challenge__votes_follow_the_sliders_and_the_code_gives_them(open_page):
    app = open_page(PAGE, view="challenge", part="data")
    assert shown(app) == pytest.approx(50)
    app.slider(key="lab_challenge_votes").set_value(5).run()
    app.slider(key="lab_challenge_accuracy").set_value(0.8).run()
    app.slider(key="lab_challenge_share").set_value(0.3).run()
    assert not app.exception
    assert 100 * run_code(app)["right"].item() == pytest.approx(shown(app), abs=0.05)
    kept = [int(cell.replace(",", "")) for cell in app.table[0].value["Kept"]]
    assert 100 * kept[0] / sum(kept) == pytest.approx(shown(app), abs=0.05)


def test_challenge__guesses_are_counted_as_torch_counts_them(open_page):
    app = open_page(PAGE, view="challenge", part="guesses")
    headline = shipped().headline
    assert shown(app) == pytest.approx(100 * (1 - headline.top5), abs=0.06)
    assert "in 2010, 2011" in words(app)
    for guesses in (3, 1):
        app.slider(key="lab_challenge_k").set_value(guesses).run()
        ran = run_code(app)
        errors = [int(cell) for cell in app.table[0].value["Error"]]
        assert ran["missed"].int().tolist() == errors
        assert f"# {ran['error'].item():.4f}" in app.code[0].value
    assert shown(app) == pytest.approx(100 * (1 - headline.top1), abs=0.06)
    assert "More than any had" in words(app)
    app.select_slider(key="lab_challenge_size").set_value(10).run()
    assert not app.exception
    assert shown(app) % 10 == 0


def test_challenge__repeated_mistakes_raise_what_is_measured(open_page):
    app = open_page(PAGE, view="challenge", part="found")
    table = app.table[0].value
    before = float(table["Counted as right"].iloc[2].strip("*"))
    app.slider(key="lab_challenge_repeated").set_value(1.0).run()
    table = app.table[0].value
    assert float(table["Counted as right"].iloc[2].strip("*")) > before
    assert float(table["Really right"].iloc[2].strip("*")) == pytest.approx(0.94 * 0.9)


def test_challenge__every_finding_and_every_claim_comes_with_its_sources(open_page):
    app = open_page(PAGE, view="challenge", part="found")
    for one in history().findings:
        app.pills(key="lab_challenge_finding").set_value(one.name).run()
        assert not app.exception
        assert all(f"({source.year})" in words(app).replace("\\", "") for source in one.sources)
    app = open_page(PAGE, view="challenge", part="said")
    sources = [caption for caption in app.caption if caption.value.startswith("**Source")]
    assert len(sources) == len(history().claims)


@pytest.mark.parametrize(
    ("address", "wrong", "right"),
    [
        ({}, 2014, 2015),
        ({"chart": "models"}, 91.0, 3.2),
        ({"part": "data"}, 3, 15),
        ({"part": "guesses"}, 20, 40),
        ({"part": "found"}, 100, 94),
        ({"part": "said"}, 11.1, 9.9),
    ],
)
def test_challenge__questions_check_themselves(open_page, address, wrong, right):
    app = open_page(PAGE, view="challenge", **address)
    assert answer(app, wrong).warning
    app = answer(app, right)
    assert not app.warning
    assert "Right" in app.success[0].value
