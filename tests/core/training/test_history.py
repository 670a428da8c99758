"""What a run has reported, sorted, and the time that is left."""

import pytest

from core.training.history import History, duration


def step(number, time, of=40, loss=1.0):
    return {
        "kind": "step",
        "time": time,
        "step": number,
        "of": of,
        "epoch": number / 10,
        "loss": loss,
        "learning_rate": 1e-3,
    }


def epoch(number, time, epochs=4, **more):
    return {
        "kind": "epoch",
        "time": time,
        "epoch": number,
        "epochs": epochs,
        "train_loss": 1.0,
        "train_accuracy": None,
        "val_loss": None,
        "val_accuracy": None,
        "best": False,
        **more,
    }


def history(*events):
    found = History()
    found.take(events, 0)
    return found


def test_take__sorts_by_kind_and_leaves_out_what_it_does_not_know():
    found = history(
        step(1, 0.0),
        {"kind": "dream", "time": 1.0},
        {"time": 1.0},
        {"kind": "step", "time": 1.0},
        {"kind": "epoch", "epoch": "x"},
        {"kind": "rates", "rates": 3},
        {"kind": "warning", "text": "w"},
        {"kind": "warning", "text": "w"},
        {"warning": "from the runner"},
        epoch(1, 2.0, best=True, flips=[[3, 0, 1]]),
        {"kind": "rates", "rates": [1e-3], "losses": [2], "chosen": 1e-3},
    )
    assert [s.step for s in found.steps] == [1]
    assert found.warnings == ("w", "from the runner")
    assert found.best is found.epochs[0]
    assert found.flipped.flips == ((3, 0, 1),)
    assert found.finding.chosen == 1e-3


def test_take__takes_back_what_a_resumed_run_tells_again():
    found = history(step(1, 0.0), step(2, 1.0), epoch(1, 2.0))
    found.take([step(2, 50.0, loss=7.0)], 1)
    assert [(s.step, s.loss) for s in found.steps] == [(1, 1.0), (2, 7.0)]
    assert found.epochs == []


def test_planned__is_known_from_the_first_step():
    assert history().planned is None
    assert history(step(1, 0.0)).planned == 4
    assert history(epoch(1, 0.0, epochs=9)).planned == 9


def test_left__is_the_median_step_times_those_to_come():
    found = history(*(step(n, 2.0 * n) for n in range(1, 11)))
    assert found.left(20.0) == pytest.approx(2.0 * 30)
    assert found.left(25.0) == pytest.approx(2.0 * 30 - 5)
    assert found.left(1e6) == 0


def test_left__counts_what_comes_at_the_end_of_an_epoch_apart():
    events = [step(n, 1.0 * n) for n in range(1, 11)]
    events += [epoch(1, 15.0)]  # five seconds of validation
    events += [step(n, 5.0 + n) for n in range(11, 21)]
    events += [epoch(2, 30.0)]
    assert history(*events).left(30.0) == pytest.approx(20 * 1.0 + 2 * 5.0)


def test_left__an_interruption_of_hours_does_not_count():
    before = [step(n, 1.0 * n) for n in range(1, 11)]
    after = [step(n, 10_000.0 + n) for n in range(11, 21)]
    assert history(*before, *after).left(10_020.0) == pytest.approx(20.0)


def test_left__counts_steps_that_were_not_told():
    found = history(*(step(n, 1.0 * n) for n in range(1, 22, 5)))
    assert found.left(21.0) == pytest.approx(19.0)


@pytest.mark.parametrize("events", [(), (step(1, 0.0),), (epoch(1, 0.0),)])
def test_left__before_there_is_a_pace_is_not_known(events):
    assert history(*events).left(1.0) is None


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (7260, "2 h 1 min")],
)
def test_duration__in_words(seconds, said):
    assert duration(seconds) == said
