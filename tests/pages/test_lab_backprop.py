"""The station Backpropagation."""

import pytest

from tests.pages.bench import PAGE, answer, run_code
from tests.pages.conftest import words


def formulas(app):
    return " ".join(element.value for element in app.latex)


def loss(app):
    return float(app.metric[0].value)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
@pytest.mark.parametrize("cost", ["squared", "entropy"])
@pytest.mark.parametrize(("hidden", "outputs"), [("2", "1"), ("3", "2")])
def test_backprop__the_code_gives_what_is_shown(open_page, activation, cost, hidden, outputs):
    app = open_page(PAGE, view="backpropagation", hidden=hidden, outputs=outputs, node="w21")
    app.segmented_control(key="lab_backprop_activation").set_value(activation)
    app.segmented_control(key="lab_backprop_loss").set_value(cost).run()
    assert not app.exception
    ran = run_code(app)
    assert ran["loss"].item() == pytest.approx(loss(app), abs=1e-4)
    gradient = ran["W"].grad[1, 0].item()
    assert rf"\mathbf{{{gradient:.4g}}}" in formulas(app)
    assert "torch.autograd gives" in words(app)


@pytest.mark.parametrize("node", ["x1", "z2", "h1", "o1", "L", "b2", "v12", "c1"])
def test_backprop__every_quantity_opens_by_its_address(open_page, node):
    app = open_page(PAGE, view="backpropagation", node=node)
    assert not app.exception
    assert not app.warning
    assert app.selectbox(key="lab_backprop_node").value == node


def test_backprop__a_weight_that_is_not_there_is_said(open_page):
    app = open_page(PAGE, view="backpropagation", node="w31")
    assert "node=w31" in app.warning[0].value.replace("\\", "")
    app = open_page(PAGE, view="backpropagation", node="w31", hidden="3")
    assert not app.warning


def test_backprop__a_step_does_what_it_foretold(open_page):
    app = open_page(PAGE, view="backpropagation")
    foretold = app.metric[1].value
    app.button(key="lab_backprop_step-1").click().run()
    assert app.metric[0].value == foretold
    app.button(key="lab_backprop_step-10").click().run()
    assert app.metric[0].label == "Loss after 11 steps"
    assert loss(app) < float(foretold)
    app.slider(key="lab_backprop_x1").set_value(-1.0).run()
    assert app.metric[0].label == "Loss"


@pytest.mark.parametrize("size", [("2", "1"), ("3", "1"), ("2", "2"), ("3", "2")])
@pytest.mark.parametrize("cost", ["squared", "entropy"])
@pytest.mark.parametrize(("start", "pitfall"), [("dead", "Dead ReLU"), ("saturated", "Saturated")])
def test_backprop__only_unit_1_is_stuck_and_the_loss_falls_without_it(
    open_page, start, pitfall, cost, size
):
    app = open_page(PAGE, view="backpropagation", hidden=size[0], outputs=size[1])
    app.segmented_control(key="lab_backprop_loss").set_value(cost).run()
    app.selectbox(key="lab_backprop_start").select(start).run()
    losses = [loss(app)]
    for _ in range(3):
        app.button(key="lab_backprop_step-10").click().run()
        losses.append(loss(app))
    assert losses[1] < 0.6 * losses[0]
    assert losses == sorted(losses, reverse=True)
    stuck = [caption.value for caption in app.caption if pitfall in caption.value]
    assert len(stuck) == 1
    assert "z1 =" in stuck[0] or "h1 =" in stuck[0]


def test_backprop__at_a_rate_of_a_half_the_saturated_start_overshoots(open_page):
    app = open_page(PAGE, view="backpropagation")
    app.selectbox(key="lab_backprop_start").select("saturated").run()
    before = loss(app)
    app.select_slider(key="lab_backprop_rate").set_value(0.5).run()
    app.button(key="lab_backprop_step-10").click().run()
    assert loss(app) > before


def test_backprop__the_opened_weight_can_be_moved(open_page):
    app = open_page(PAGE, view="backpropagation", node="w12")
    app.slider(key="lab_backprop_weight").set_value(1.5).run()
    assert run_code(app)["W"][0, 1].item() == 1.5
    app.selectbox(key="lab_backprop_node").select("v11").run()
    assert app.slider(key="lab_backprop_weight").value == pytest.approx(0.7)
    assert run_code(app)["W"][0, 1].item() == 1.5


@pytest.mark.parametrize(
    ("start", "said"),
    [("dead", "Dead ReLU"), ("saturated", "Saturated"), ("zero", "All alike")],
)
def test_backprop__pitfalls_are_named(open_page, start, said):
    app = open_page(PAGE, view="backpropagation")
    assert said not in words(app)
    app.selectbox(key="lab_backprop_start").select(start).run()
    assert said in words(app)
    app.button(key="lab_backprop_step-10").click().run()
    assert said in words(app)  # ten steps do not lead out of it


def test_backprop__another_input_wakes_the_dead_unit(open_page):
    app = open_page(PAGE, view="backpropagation")
    app.selectbox(key="lab_backprop_start").select("dead").run()
    app.slider(key="lab_backprop_x1").set_value(2.0).run()
    assert "Dead ReLU" not in words(app)


def test_backprop__random_weights_are_none_of_them(open_page):
    app = open_page(PAGE, view="backpropagation")
    app.selectbox(key="lab_backprop_start").select("random").run()
    assert "All alike" not in words(app)
    assert run_code(app)["loss"].item() == pytest.approx(loss(app), abs=1e-4)


def test_backprop__divergence_is_said(open_page):
    app = open_page(PAGE, view="backpropagation", hidden="3")
    app.select_slider(key="lab_backprop_rate").set_value(2.0).run()
    for _ in range(3):
        app.button(key="lab_backprop_step-10").click().run()
    assert not app.exception
    assert "Descent diverges" in words(app)


def test_backprop__question_checks_itself(open_page):
    app = open_page(PAGE, view="backpropagation")
    assert answer(app, 12).warning
    assert "Right" in answer(app, 24).success[0].value
