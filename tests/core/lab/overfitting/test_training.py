"""The training: what the same seed gives, what early stopping keeps, and what remedies do."""

import numpy as np
import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss

from core.lab.overfitting.digits import split
from core.lab.overfitting.network import logits
from core.lab.overfitting.training import PLAIN, Fit, Remedies, Task, judge, race, training

QUICK = Task(pictures=60, wrong=0.2, width=16, epochs=12)
SEEDS = range(3)
NOISY = [Task(100, 0.3, seed=seed) for seed in SEEDS]


def ended(task: Task, remedies: Remedies = PLAIN) -> Fit:
    *_, fit = training(task, remedies)
    return fit


def judged(task: Task, fit: Fit):
    return judge(fit.network, split(task.pictures, task.wrong, task.seed))


@pytest.fixture(scope="module")
def plain():
    return [ended(task) for task in NOISY]


@pytest.mark.parametrize(
    "remedies", [PLAIN, Remedies(0.01, 0.4, 3, batch_norm=True, augmentation=True)]
)
def test_training__a_seed_gives_the_same_curve_and_touches_no_shared_dice(remedies):
    before = torch.random.get_rng_state()
    first = ended(QUICK, remedies)
    torch.rand(7)
    state = torch.random.get_rng_state()
    assert not torch.equal(before, state)
    second = ended(QUICK, remedies)
    assert torch.equal(state, torch.random.get_rng_state())
    assert first.epochs == second.epochs
    assert all(map(torch.equal, first.network.weights, second.network.weights))
    assert ended(Task(60, 0.2, 16, 12, seed=1), remedies).epochs != first.epochs


def test_training__an_epoch_is_measured_as_scikit_learn_does():
    fit = ended(QUICK, Remedies(dropout=0.3, batch_norm=True))
    parts = split(60, 0.2, 0)
    for part, labels, loss, accuracy in (
        (parts.train, parts.train.labels, fit.kept.train_loss, fit.kept.train_accuracy),
        (parts.validation, parts.validation.truth, fit.kept.val_loss, fit.kept.val_accuracy),
    ):
        shares = torch.softmax(logits(fit.network, part.pictures).double(), 1).detach().numpy()
        assert accuracy == pytest.approx(accuracy_score(labels, shares.argmax(1)))
        assert loss == pytest.approx(log_loss(labels, shares, labels=range(10)), rel=1e-5)
    assert fit.kept.norm == pytest.approx(fit.network.norm)
    assert fit.kept.gap == fit.kept.train_accuracy - fit.kept.val_accuracy


def test_training__early_stopping_keeps_the_best_weights_and_ends_after_its_patience():
    task = Task(wrong=0.3, seed=2)
    whole, stopped = ended(task), ended(task, Remedies(patience=4))
    assert stopped.epochs == whole.epochs[: len(stopped.epochs)]
    assert len(stopped.epochs) == stopped.kept.number + 4 < len(whole.epochs)
    losses = [epoch.val_loss for epoch in stopped.epochs]
    assert stopped.kept.number == int(np.argmin(losses)) + 1
    assert stopped.kept == stopped.least
    until = ended(Task(wrong=0.3, seed=2, epochs=stopped.kept.number))
    assert all(map(torch.equal, stopped.network.weights, until.network.weights))
    assert whole.kept is whole.epochs[-1]


def test_training__with_endless_patience_keeps_the_best_of_all_epochs():
    fit = ended(QUICK, Remedies(patience=99))
    assert len(fit.epochs) == QUICK.epochs
    assert fit.kept == min(fit.epochs, key=lambda epoch: epoch.val_loss)


def test_race__two_without_remedies_are_the_same_and_a_stopped_one_stays():
    for plain, treated in race(QUICK, PLAIN):
        assert plain.epochs == treated.epochs
    lengths = [(len(a.epochs), len(b.epochs)) for a, b in race(Task(60, 0.3), Remedies(patience=3))]
    assert [first for first, _ in lengths] == list(range(1, 61))
    assert lengths[-1][1] < 60
    assert [second for _, second in lengths] == sorted(second for _, second in lengths)


def test_training__a_plain_network_learns_wrong_labels_by_heart(plain):
    for task, fit in zip(NOISY, plain, strict=True):
        assert fit.kept.train_accuracy >= 0.98
        assert fit.kept.val_accuracy < 0.8
        verdict = judged(task, fit)
        assert verdict.wrong_labels == 30
        assert verdict.memorised >= 29
        assert fit.least.number < 40
        assert fit.kept.val_loss > 1.1 * fit.least.val_loss


@pytest.mark.parametrize(
    "remedies",
    [
        Remedies(l2=0.03),
        Remedies(dropout=0.5),
        Remedies(patience=5),
        Remedies(augmentation=True),
        Remedies(0.01, 0.5, 10, batch_norm=True, augmentation=True),
    ],
    ids=["l2", "dropout", "early stopping", "augmentation", "all"],
)
def test_training__a_remedy_reduces_the_gap_on_average_over_seeds(plain, remedies):
    treated = [ended(task, remedies) for task in NOISY]
    gaps = [[fit.kept.gap for fit in fits] for fits in (plain, treated)]
    assert np.mean(gaps[1]) < np.mean(gaps[0]) - 0.12
    test = [
        np.mean([judged(task, fit).test_accuracy for task, fit in zip(NOISY, fits, strict=True)])
        for fits in (plain, treated)
    ]
    assert test[1] > test[0] + 0.03


def test_training__more_pictures_close_the_gap_and_too_much_l2_underfits():
    gaps = [
        np.mean([ended(Task(pictures, seed=seed)).kept.gap for seed in SEEDS])
        for pictures in (50, 300)
    ]
    assert gaps[1] < gaps[0] - 0.08
    starved = ended(Task(wrong=0.2), Remedies(l2=0.1)).kept
    assert starved.train_accuracy < 0.6
    assert starved.norm < 5


def test_training__what_the_page_tells_to_try_is_seen():
    task = Task(wrong=0.2)
    fits = {
        "plain": ended(task),
        "l2": ended(task, Remedies(l2=0.03)),
        "batch norm": ended(task, Remedies(batch_norm=True)),
        "all": ended(task, Remedies(0.01, 0.5, 10, batch_norm=True, augmentation=True)),
    }
    verdicts = {name: judged(task, fit) for name, fit in fits.items()}
    assert fits["plain"].kept.train_accuracy == 1
    assert fits["l2"].kept.norm == pytest.approx(fits["plain"].kept.norm / 4, rel=0.1)
    assert verdicts["l2"].memorised <= 2
    assert verdicts["batch norm"].memorised == verdicts["plain"].memorised == 40
    assert verdicts["all"].test_accuracy > verdicts["plain"].test_accuracy + 0.1


def test_judge__counts_by_hand():
    fit = ended(QUICK)
    parts = split(60, 0.2, 0)
    verdict = judge(fit.network, parts)
    said = [logits(fit.network, part.pictures).argmax(1) for part in (parts.train, parts.test)]
    assert verdict.test_pictures == 997
    assert verdict.test_accuracy == pytest.approx(accuracy_score(parts.test.truth, said[1]))
    wrong = [i for i in range(60) if parts.train.labels[i] != parts.train.truth[i]]
    assert verdict.wrong_labels == len(wrong) == 12
    assert verdict.memorised == sum(int(said[0][i] == parts.train.labels[i]) for i in wrong)
    assert len(verdict.mistakes) == round(300 * (1 - fit.kept.val_accuracy))
    assert all(mistake.truth != mistake.said for mistake in verdict.mistakes)
    assert verdict.mistakes[0].picture.shape == (8, 8)
