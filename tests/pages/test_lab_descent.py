"""The station Gradient descent."""

import numpy as np
import pytest

from core.lab.descent import line, moons
from core.lab.descent.rules import RULES
from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words


def ends(app):
    """The table's ends by optimiser."""
    table = app.table[0].value
    return dict(zip(table["Optimiser"], table["Ends at"], strict=True))


def formulas(app):
    return " ".join(element.value for element in app.latex)


@pytest.mark.parametrize(
    ("surface", "rule"),
    list(zip(("bowl", "valley", "saddle", "minima", "valley"), RULES, strict=True)),
)
def test_surface__the_code_ends_where_the_path_does(open_page, surface, rule):
    app = open_page(PAGE, view="descent", surface=surface)
    app.pills(key="lab_descent_rules").set_value([rule])
    app.segmented_control(key="lab_descent-schedule").set_value("cosine")
    app.slider(key="lab_descent-warm_up").set_value(10).run()
    assert not app.exception
    x, y = run_code(app)["w"].tolist()
    assert list(ends(app).values()) == [f"({x:.3g}, {y:.3g})"]


def test_surface__two_by_curvature_is_the_edge(open_page):
    app = open_page(PAGE, view="descent")
    app.slider(key="lab_descent_steps-bowl").set_value(300)
    app.select_slider(key="lab_descent_rate-bowl-plain").set_value(0.08).run()
    assert ends(app)["Gradient descent"].endswith(", 5)")  # it swings between 5 and -5
    app.select_slider(key="lab_descent_rate-bowl-plain").set_value(0.1).run()
    assert not app.exception
    assert ends(app)["Gradient descent"] == "diverges"
    assert "Gradient descent diverges" in words(app)
    assert np.abs(run_code(app)["w"].tolist()).max() > 1e6


def above(app):
    """How far above the minimum each optimiser ends."""
    table = app.table[0].value
    return dict(zip(table["Optimiser"], map(float, table["Above the minimum"]), strict=True))


def test_surface__as_the_bowl_opens_momentum_ends_a_hundred_times_lower(open_page):
    app = open_page(PAGE, view="descent")
    found = above(app)
    assert found["Momentum"] < found["Gradient descent"] / 100
    assert found["Momentum"] < found["Adam"]
    app.select_slider(key="lab_descent_rate-bowl-plain").set_value(0.06).run()
    found = above(app)
    assert found["Gradient descent"] < found["Momentum"]


@pytest.mark.parametrize(("y", "ends_at"), [(0.0, 0.0), (0.01, 1.0)])
def test_surface__the_saddle_holds_on_its_ridge_alone(open_page, y, ends_at):
    app = open_page(PAGE, view="descent", surface="saddle")
    app.pills(key="lab_descent_rules").set_value(list(RULES))
    app.slider(key="lab_descent_start_y-saddle").set_value(y).run()
    reached = [float(end.strip("()").split(", ")[1]) for end in ends(app).values()]
    assert len(reached) == len(RULES)
    assert reached == pytest.approx([ends_at] * len(RULES), abs=0.02)


def test_surface__in_the_valley_momentum_is_ahead_and_at_ten_times_the_rate_both_diverge(open_page):
    app = open_page(PAGE, view="descent", surface="valley")
    found = above(app)
    assert found["Momentum"] < found["Gradient descent"] / 10
    app.select_slider(key="lab_descent_rate-valley-plain").set_value(0.01).run()
    assert [ends(app)[name] for name in ("Gradient descent", "Momentum")] == ["diverges"] * 2


def test_surface__one_step_opened_has_the_numbers_of_the_path(open_page):
    app = open_page(PAGE, view="descent")
    assert r"0.02 \begin{pmatrix} -9 \\ 125 \end{pmatrix}" in formulas(app)
    app.selectbox(key="lab_descent_opened").select("adam").run()
    app.number_input(key="lab_descent_step").set_value(7).run()
    assert r"\beta_1" in formulas(app)
    app.slider(key="lab_descent_steps-bowl").set_value(10).run()
    app.number_input(key="lab_descent_step").set_value(10).run()
    x, y = run_code(app)["w"].tolist()
    assert rf"\mathbf{{\begin{{pmatrix}} {x:.4g} \\ {y:.4g} \end{{pmatrix}}}}" in formulas(app)


def test_surface__no_optimiser_chosen_leaves_plain_descent(open_page):
    app = open_page(PAGE, view="descent")
    app.pills(key="lab_descent_rules").set_value([]).run()
    assert not app.exception
    assert list(ends(app)) == ["Gradient descent"]


@pytest.mark.parametrize(
    ("surface", "wrong", "right"),
    [
        ("bowl", 0.1, 0.05),
        ("valley", 0.81, 0.72),
        ("saddle", "(0, 1)", "(0, 0)"),
        ("minima", "(3.58, -1.85)", "(3, 2)"),
    ],
)
def test_surface__questions_check_themselves(open_page, surface, wrong, right):
    app = open_page(PAGE, view="descent", surface=surface)
    assert answer(app, wrong).warning
    assert "Right" in answer(app, right).success[0].value


def test_surface__three_wrong_choices_are_followed_by_the_right_one(open_page):
    app = open_page(PAGE, view="descent", surface="saddle")
    assert answer(app, "(0, 1)").warning
    assert answer(app, "(0, -1)").warning
    app = answer(app, "(0, 1)")
    assert not app.warning
    assert "**The answer is: (0, 0).** There the gradient along y is 0" in words(app)


@pytest.mark.parametrize(("shown", "standardised"), [("Batch", False), ("Mini-batch", True)])
def test_line__the_code_ends_where_the_path_does(open_page, shown, standardised):
    app = open_page(PAGE, view="descent", descent="line")
    app.toggle(key="lab_descent_standardised").set_value(standardised)
    app.segmented_control(key="lab_descent_line-schedule").set_value("linear")
    app.segmented_control(key="lab_descent_line_code").set_value(shown).run()
    table = app.table[0].value
    a, b = run_code(app)["w"].tolist()
    assert f"({a:.4f}, {b:.4f})" in list(table["Ends at (a, b)"])
    assert list(table["Updates"]) == ["1,000", "100", "10"]


def test_line__standardised_the_condition_number_is_one(open_page):
    app = open_page(PAGE, view="descent", descent="line")
    low, high = line.curvatures(line.points(False))
    assert rf"\mathbf{{{high / low:.4g}}}" in formulas(app)
    app.toggle(key="lab_descent_standardised").set_value(True).run()
    assert r"\mathbf{1}" in formulas(app)
    assert "Right" in answer(app, 30).success[0].value


def test_network__code_and_table_agree(open_page):
    app = open_page(PAGE, view="descent", descent="network")
    app.slider(key="lab_descent_moons_epochs").set_value(5).run()
    app.selectbox(key="lab_descent_moons_code").select("Nesterov").run()
    network = run_code(app)["network"]
    import torch

    data, judged = moons.moons(), moons.moons(1)
    with torch.no_grad():
        loss = torch.nn.functional.cross_entropy(
            network(torch.tensor(data.points)), torch.tensor(data.labels)
        )
        said = network(torch.tensor(judged.points)).argmax(1).numpy()
    table = app.table[0].value.set_index("Training").loc["Nesterov"]
    assert table["Loss"] == f"{loss.item():.4f}"
    assert table["Test accuracy"] == f"{np.mean(said == judged.labels):.1%}"


def test_network__batch_sizes_side_by_side(open_page):
    app = open_page(PAGE, view="descent", descent="network")
    app.segmented_control(key="lab_descent_compared").set_value("Batch sizes")
    app.run()
    assert not app.exception
    assert list(app.table[0].value["Updates"]) == ["6,000", "750", "210", "30"]
    assert "Right" in answer(app, 0.2).success[0].value
