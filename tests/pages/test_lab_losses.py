"""The station Losses."""

import pytest

from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words


def shown(app):
    return float(app.metric[0].value)


def test_losses__worked_example_is_right_and_the_code_gives_it(open_page):
    app = open_page(PAGE, view="losses")
    assert shown(app) == pytest.approx(0.03)
    assert "A widely copied text gives 0.1" in words(app)
    ran = run_code(app)
    assert ran["loss"].item() == pytest.approx(shown(app), abs=1e-4)
    gradient = [float(cell) for cell in app.table[0].value["Gradient of the mean"]]
    assert ran["gradient"][0].tolist() == pytest.approx(gradient, abs=1e-4)


def test_losses__binary_follows_the_sliders(open_page):
    app = open_page(PAGE, view="losses", loss="binary")
    assert shown(app) == pytest.approx(0.184, abs=5e-4)
    app.slider(key="lab_loss_prediction-0").set_value(0.0).run()
    assert not app.exception
    assert shown(app) > 30
    assert run_code(app)["loss"].item() == pytest.approx(shown(app), abs=1e-4)


def test_losses__categorical_with_smoothing(open_page):
    app = open_page(PAGE, view="losses", loss="categorical")
    app.slider(key="lab_smoothing").set_value(0.3).run()
    app.selectbox(key="lab_loss_class").select("owl").run()
    assert run_code(app)["loss"].item() == pytest.approx(shown(app), abs=1e-4)


def test_losses__question_checks_itself(open_page):
    app = open_page(PAGE, view="losses")
    assert answer(app, 0.25).warning
    app = answer(app, 0.125)
    assert not app.warning
    assert "Right" in app.success[0].value


def test_losses__asks_for_an_answer_before_the_check(open_page):
    app = open_page(PAGE, view="losses")
    check = next(button for button in app.button if button.label == "Check")
    check.click().run()
    assert "Choose or write an answer first" in words(app)


def test_losses__the_third_wrong_answer_is_followed_by_the_solution(open_page):
    app = open_page(PAGE, view="losses")
    assert "too high" in answer(app, 0.25).warning[0].value
    assert "too low" in answer(app, 0.1).warning[0].value
    app = answer(app, 0.3)
    assert not app.warning
    assert "**The answer is: 0.125.** (0.0900 + 0.1600) / 2" in words(app)
    app.segmented_control(key="lab_loss").set_value("binary").run()
    assert answer(app, 0.1).warning  # another question, counted anew
