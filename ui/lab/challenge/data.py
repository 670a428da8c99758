"""How ImageNet was made: votes by hand, all steps, and the sizes of its editions."""

import streamlit as st

from core.figures.lab.challenge import editions_chart
from core.figures.lab.challenge_counting import votes_chart
from core.lab.challenge.counting import majority, precision, votes_needed
from core.lab.challenge.record import history
from core.lab.question import Number
from ui.lab.challenge.sources import cite
from ui.lab.station import ask, formula, numbers, torch_call
from ui.page import plain

_REPORTED = 0.997  # Deng et al. (2009), figure 4
_CANDIDATES = 10_000  # about as many as each synset had, ibid., section 3.1
_ASKED_ACCURACY, _ASKED_SHARE, _ASKED_PRECISION = 0.8, 0.1, 0.95


def draw() -> None:
    """The view."""
    record = history()
    st.markdown(
        "For each class, search engines gave thousands of candidates, and people voted on every "
        "one whether it shows that class."
    )
    _votes()
    st.subheader("How it was made", anchor=False)
    for one in record.steps:
        st.markdown(f"**{one.name}.** {plain(one.text)}")
    cite(*record.steps)
    st.subheader("Sizes", anchor=False)
    st.plotly_chart(
        editions_chart(record.editions),
        key="lab_challenge_editions",
        config={"displayModeBar": False},
        alt="Pictures of each edition: "
        + ", ".join(f"{one.name} {one.pictures:,}" for one in record.editions),
    )
    with st.expander("What each of them is", icon=":material/dataset:"):
        for one in record.editions:
            st.markdown(
                f"**{one.name}**: {one.pictures:,} pictures, {one.classes:,} classes or synsets. "
                f"{plain(one.note)}"
            )
        cite(*record.editions)


def _votes() -> None:
    left, right = st.columns(2, gap="large")
    with left:
        votes = st.slider(
            "Votes for each picture",
            1,
            21,
            1,
            2,
            key="lab_challenge_votes",
            persist_state="session",
        )
        accuracy = st.slider(
            "How often a vote is right",
            0.55,
            0.99,
            0.9,
            0.01,
            key="lab_challenge_accuracy",
            persist_state="session",
        )
        share = st.slider(
            "Candidates that show it",
            0.05,
            0.95,
            0.1,
            0.05,
            key="lab_challenge_share",
            persist_state="session",
        )
        agreed = majority(accuracy, votes)
        kept = precision(share, accuracy, votes)
        st.metric("Kept pictures that are right", f"{kept:.1%}")
    with right:
        st.plotly_chart(
            votes_chart(share, accuracy, votes, _REPORTED),
            key="lab_challenge_votes_chart",
            config={"displayModeBar": False},
            alt=f"The share of kept pictures that are right by the number of votes; with {votes} "
            f"it is {kept:.1%}, and ImageNet reports {_REPORTED:.1%}",
        )
    shown, others = share * _CANDIDATES, (1 - share) * _CANDIDATES
    numbers(
        {
            f"Of {_CANDIDATES:,} candidates": ["that show it", "that do not"],
            "All": [f"{shown:,.0f}", f"{others:,.0f}"],
            "Kept": [f"{shown * agreed:,.0f}", f"{others * (1 - agreed):,.0f}"],
            "Rejected": [f"{shown * (1 - agreed):,.0f}", f"{others * agreed:,.0f}"],
        }
    )
    formula(
        r"q = \sum_{k > n/2} \binom{n}{k} p^k (1 - p)^{n - k}",
        rf"\sum_{{k = {votes // 2 + 1}}}^{{{votes}}} \binom{{{votes}}}{{k}} {accuracy:g}^k \cdot "
        rf"{1 - accuracy:.2g}^{{{votes} - k}} = \mathbf{{{agreed:.4f}}}",
    )
    formula(
        r"\text{right} = \frac{s \, q}{s \, q + (1 - s)(1 - q)}",
        rf"\frac{{{share:g} \cdot {agreed:.4f}}}"
        rf"{{{share:g} \cdot {agreed:.4f} + {1 - share:g} \cdot {1 - agreed:.4f}}} "
        rf"= \mathbf{{{kept:.4f}}}",
    )
    torch_call(
        f"p = torch.tensor({accuracy:g}, dtype=torch.float64)\n"
        f"votes = torch.distributions.Binomial({votes}, p)\n"
        f"most = torch.arange({votes // 2 + 1}.0, {votes + 1})\n"
        f"q = votes.log_prob(most).exp().sum()  # {agreed:.4f}\n"
        f"right = {share:g} * q / ({share:g} * q + {1 - share:g} * (1 - q))  # {kept:.4f}"
    )
    needed = votes_needed(_ASKED_SHARE, _ASKED_ACCURACY, _ASKED_PRECISION)
    ask(
        Number(
            f"Of a Burmese cat, a vote is right {_ASKED_ACCURACY:.0%} of the time, and "
            f"{_ASKED_SHARE:.0%} of the candidates show one. What is the smallest number of "
            f"votes with which {_ASKED_PRECISION:.0%} of the kept pictures are right?",
            needed,
            f"With {needed} votes "
            f"{precision(_ASKED_SHARE, _ASKED_ACCURACY, needed):.1%} are, with {needed - 2} "
            f"{precision(_ASKED_SHARE, _ASKED_ACCURACY, needed - 2):.1%}. For an easier class "
            "fewer would do: so ImageNet set the number for each synset.",
        )
    )
