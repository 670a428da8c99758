"""Five guesses: how the challenge counted errors, on what the bundled model says."""

import numpy as np
import streamlit as st

from core.evaluation.answers import Answers
from core.figures.lab.challenge_counting import guesses_chart
from core.lab.challenge.counting import missed
from core.lab.challenge.record import history
from core.lab.question import Number
from ui import studied
from ui.lab.station import ask, formula, numbers, torch_call
from ui.page import plain

_SIZES = (10, 100, 1000, 10_000)
_EXAMPLES = 6
_WINNERS = 4  # the later ones are too close to each other for a line each
_ASKED_RANKS = (1, 3, 6, 2, 9)


def draw() -> None:
    """The view."""
    of = studied.opened(studied.SHIPPED)
    if of is None:
        return
    answers = of.answers
    left, right = st.columns(2, gap="large")
    with left:
        guesses = st.slider("Guesses", 1, 5, 5, key="lab_challenge_k", persist_state="session")
        size = st.select_slider(
            "Pictures",
            _SIZES,
            _SIZES[-1],
            format_func="{:,}".format,
            key="lab_challenge_size",
            persist_state="session",
        )
        rows = _order(len(answers))[:size]
        wrong = missed(answers.labels[rows], answers.top[rows])
        errors = wrong.mean(0)
        st.metric(f"Top-{guesses} error", f"{errors[guesses - 1]:.1%}")
        _would_have_won(errors[guesses - 1])
    with right:
        st.plotly_chart(
            guesses_chart(errors.tolist(), guesses, history().winners[:_WINNERS]),
            key="lab_challenge_guesses",
            config={"displayModeBar": False},
            alt="The error by the number of guesses: "
            + ", ".join(f"{k} {error:.1%}" for k, error in enumerate(errors, 1)),
        )
    misses = int(wrong[:, guesses - 1].sum())
    formula(
        r"E_k = \frac{1}{n} \sum_i \left[ \, y_i \notin "
        r"\{ \hat y_{i1}, \dots, \hat y_{ik} \} \, \right]",
        rf"E_{guesses} = \frac{{{misses}}}{{{len(rows)}}} = \mathbf{{{misses / len(rows):.4f}}}",
    )
    _examples(answers, rows[:_EXAMPLES], guesses)
    places = np.array(_ASKED_RANKS)
    of_five = float((places > 5).mean())
    ask(
        Number(
            f"Of {len(places)} pictures the right class stood in the places "
            f"{', '.join(map(str, _ASKED_RANKS))} of the model's list. What is the top-5 error, "
            "in per cent?",
            100 * of_five,
            f"{(places > 5).sum()} of {len(places)} stood behind the fifth place: "
            f"{of_five:.0%}. The top-1 error is {(places > 1).mean():.0%}.",
        )
    )


def _would_have_won(error: float) -> None:
    beaten = [str(one.year) for one in history().winners if error < one.error / 100]
    said = f"Less than the winner had in {', '.join(beaten)}" if beaten else "More than any had"
    st.caption(
        f"{said}, each with five guesses. But that cannot be compared: they told 1,000 classes "
        "apart, this is the bundled model on 200 classes of Tiny ImageNet, 64 × 64 pixels."
    )


def _examples(answers: Answers, rows: np.ndarray, guesses: int) -> None:
    """Some of the pictures with the guesses that count."""
    labels, top = answers.labels[rows], answers.top[rows][:, :guesses]
    wrong = missed(labels, top)[:, -1]
    numbers(
        {
            "Label": [plain(answers.titles[at]) for at in labels],
            "Guesses that count": [
                ", ".join(_guess(answers, at, label) for at in line)
                for label, line in zip(labels, top, strict=True)
            ],
            "Error": [str(int(one)) for one in wrong],
        }
    )
    torch_call(
        f"labels = torch.tensor({labels.tolist()})\n"
        f"guesses = torch.tensor([  # logits.topk({guesses}).indices\n"
        + "".join(f"    {line},\n" for line in top.tolist())
        + "])\n"
        "missed = (guesses != labels[:, None]).all(1)\n"
        f"error = missed.float().mean()  # {wrong.mean():.4f}"
    )


def _guess(answers: Answers, at: int, label: int) -> str:
    name = plain(answers.titles[at])
    return f"**{name}**" if at == label else name


def _order(n: int) -> np.ndarray:
    """The pictures, which come class by class, shuffled alike each time."""
    return np.random.default_rng(0).permutation(n)
