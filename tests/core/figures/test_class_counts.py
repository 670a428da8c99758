"""Classes as bars."""

import numpy as np

from core.figures.class_counts import MOST_NAMED, class_counts


def parts(*counts: tuple[int, int, int]) -> dict[str, np.ndarray]:
    return dict(zip(("training", "validation", "test"), np.array(counts).T, strict=True))


def test_class_counts__a_bar_a_class_and_a_piece_a_part() -> None:
    figure = class_counts(["cat", "dog"], parts((60, 20, 20), (6, 2, 0)))
    assert [bar.name for bar in figure.data] == ["training", "validation", "test"]
    assert [list(bar.x) for bar in figure.data] == [[60, 6], [20, 2], [20, 0]]
    assert list(figure.layout.yaxis.ticktext) == ["cat", "dog"]
    assert figure.data[1].hovertext[0] == "cat: 20 validation"
    assert figure.layout.barmode == "stack"
    assert len({bar.marker.color for bar in figure.data}) == 3


def test_class_counts__labels_are_no_markup_and_may_be_alike_or_long() -> None:
    labels = ["<b>bold</b>", "crane", "crane", "x" * 50, "AT&T"]
    figure = class_counts(labels, {"pictures": np.arange(5)})
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;bold&lt;/b&gt;"
    assert list(figure.data[0].y) == [0, 1, 2, 3, 4]
    assert figure.layout.yaxis.ticktext[3] == "x" * 23 + "…"
    assert figure.data[0].hovertext[4] == "AT&amp;T: 4 pictures"
    assert not figure.layout.showlegend


def test_class_counts__many_stand_by_size_with_their_names_on_hover() -> None:
    count = MOST_NAMED + 60
    figure = class_counts([f"c{i}" for i in range(count)], {"pictures": np.arange(count)})
    assert list(figure.data[0].y) == sorted(range(count), reverse=True)
    assert figure.data[0].hovertext[0] == f"c{count - 1}: {count - 1} pictures"
    assert figure.layout.height < 400
