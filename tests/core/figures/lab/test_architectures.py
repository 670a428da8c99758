"""The drawings of the architectures: complete, and nothing over the edge."""

import pytest

from core.figures.lab.architectures import AXES, accuracy_chart, stage_rows
from core.figures.lab.building_block import building_block
from core.lab.architectures import load
from core.lab.building_blocks import drawing

KNOWN = load()
every = pytest.mark.parametrize("known", KNOWN.values(), ids=list(KNOWN))


@every
def test_stage_rows__blocks_bars_and_columns_to_click(known):
    names = [stage.name for stage in known.stages]
    figure = stage_rows(known, names[1])
    blocks, columns, parameters, _, work, _ = figure.data
    assert len(blocks.x) == len(names) + 1  # the picture comes first
    assert max(blocks.width) <= 1
    assert max(blocks.y) == blocks.y[0] == 1
    assert list(columns.customdata) == names
    assert sum(parameters.y) == pytest.approx(1)
    assert sum(work.y) == pytest.approx(1)
    assert list(parameters.x) == list(columns.x) == list(blocks.x[1:])
    lit = [number for number, colour in enumerate(work.marker.color) if colour == "#d55d08"]
    assert lit == [1]
    (column,) = figure.layout.shapes
    assert (column.x0, column.x1) == (1.5, 2.5)
    assert list(figure.layout.xaxis.ticktext) == ["picture", *names]
    assert len(figure.layout.xaxis3.ticktext) == len(names) + 1
    shown = [figure.layout[axis].ticktext for axis in ("xaxis", "xaxis3")]
    assert not any("<br>" in text for texts in shown for text in texts)  # one line each


@every
def test_building_block__every_step_once_and_within_the_frame(known):
    parts = drawing(known.kind, known.layers, known.example)
    figure = building_block(parts)
    steps = [step for part in parts for branch in part.branches for step in branch]
    texts = [note.text for note in figure.layout.annotations if note.text]
    assert len(texts) == len(steps) + sum(part.join is not None for part in parts)
    assert len(figure.data[0].x) == sum(step.layer is not None for step in steps)
    left, right = figure.layout.xaxis.range
    bottom, top = figure.layout.yaxis.range
    boxes = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    for shape in figure.layout.shapes:
        assert left <= shape.x0 <= right
        assert left <= shape.x1 <= right
        assert bottom <= min(shape.y0, shape.y1) <= max(shape.y0, shape.y1) <= top
    for number, one in enumerate(boxes):
        for other in boxes[number + 1 :]:  # none lies on another
            apart = one.x1 <= other.x0 or other.x1 <= one.x0
            assert apart or one.y1 <= other.y0 or other.y1 <= one.y0


@pytest.mark.parametrize("axis", AXES)
def test_accuracy_chart__those_with_published_accuracy(axis):
    figure = accuracy_chart(list(KNOWN.values()), axis, "vgg16")
    points = figure.data[0]
    assert set(points.customdata) == {key for key, one in KNOWN.items() if one.trained}
    for key, x, y in zip(points.customdata, points.x, points.y, strict=True):
        assert (x, y) == (getattr(KNOWN[key], axis), KNOWN[key].trained[0].top1)
    assert points.marker.color.count("#d55d08") == 1
