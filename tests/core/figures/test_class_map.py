"""The tree of classes as a treemap."""

import pytest

from core import catalog
from core.catalog import TreeNode
from core.evaluation.hierarchy.synsets import SynsetScore
from core.figures.class_map import class_map

NODES = [
    TreeNode("n1", None, "animal", 4, False, ("n1",)),
    TreeNode("n2", "n1", "dog", 2, False, ("n1", "n2")),
    TreeNode("n3", "n1", "cat", 1, True, ("n1", "n3")),
    TreeNode("n4", "n1", "newt", 1, True, ("n1", "n4")),
]


def luminance(colour: str) -> float:
    """Relative, after WCAG 2."""
    if colour.startswith("#"):
        values = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    else:
        values = [int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in
              (value / 255 for value in values)]  # fmt: skip
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_class_map__by_the_number_of_classes():
    (trace,) = class_map(NODES, "n3").data
    assert trace.ids == ("n1", "n2", "n3", "n4")
    assert trace.values == (4, 2, 1, 1)
    assert trace.texttemplate[1] == "%{label} %{value:,}"
    assert trace.texttemplate[2] == "%{label}"
    assert trace.marker.colors[2] not in trace.marker.colors[3:]  # the chosen one is marked


def test_class_map__by_accuracy():
    scores = {
        "n1": SynsetScore(20, 10, 2),
        "n2": SynsetScore(10, 10, 1),
        "n3": SynsetScore(10, 0, 1),
    }
    (trace,) = class_map(NODES, "n3", scores).data
    assert trace.marker.colors[1] == "rgb(11,87,208)"
    assert trace.marker.colors[2] == "rgb(184,74,0)"
    assert len(set(trace.marker.colors)) == 4
    assert trace.marker.pattern.shape == ("", "", "", "/")  # half right is not without pictures
    assert trace.texttemplate == ("%{label} 50%", "%{label} 100%", "%{label} 0%", "%{label}")
    assert trace.hovertext[2] == "cat: 1 class, 0.0% right of 10 pictures"
    assert trace.hovertext[3] == "newt: 1 class, no picture"
    assert [width > 1 for width in trace.marker.line.width] == [False, False, True, False]
    assert trace.values == (4, 2, 1, 1)


@pytest.mark.parametrize("right", range(0, 101, 5))
def test_class_map__its_text_can_be_read_on_every_colour(right):
    scores = {node.wnid: SynsetScore(100, right, 1) for node in NODES[:3]}
    (trace,) = class_map(NODES, None, scores).data
    for colour, text in zip(trace.marker.colors, trace.textfont.color, strict=True):
        assert contrast(colour, text) >= 4.2  # for some colours no text has more


def test_class_map__of_the_whole_tree_with_accuracy():
    known = catalog.load()
    nodes = catalog.tree(known, known.root.wnid)
    scores = {nodes[0].wnid: SynsetScore(7, 3, 2)}
    (trace,) = class_map(nodes, None, scores).data
    assert len(trace.ids) == len(nodes) == len(trace.marker.colors)
