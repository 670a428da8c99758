"""Occlusion against its closed form on linear networks, and what a user can do to it."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from core import models
from core.errors import CancelledError, PictureError
from core.inside import Target
from core.inside.capture import pixels
from core.inside.evidence import variants
from core.inside.evidence.occlusion import default_patch, occlusion, positions
from core.predict import classify
from tests.core.inside.nets import cat, flat_net, gap_net, wrap
from tests.core.inside.untouched import Stop, untouched


def linear(height, width, classes=3, seed=0):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * height * width, classes))


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_occlusion__closed_form_on_a_linear_network(data):
    height, width = data.draw(st.tuples(st.integers(3, 12), st.integers(3, 12)))
    patch = data.draw(st.integers(1, min(height, width)))
    stride = data.draw(st.integers(1, min(height, width)))
    net = linear(height, width)
    model = wrap(net, (height, width))
    found = occlusion(model, cat(), Target("t", (2,), (0,)), patch, stride)
    weight = (net[1].weight[2] - net[1].weight[0]).detach().reshape(3, height, width)
    evidence = (weight * pixels(model, cat())[0]).sum(0).numpy()
    rows, columns = -(-height // stride), -(-width // stride)
    assert found.raw.shape == (rows, columns)
    for i, top in enumerate(positions(height, patch, stride)):
        for j, left in enumerate(positions(width, patch, stride)):
            expected = evidence[top : top + patch, left : left + patch].sum()
            assert found.raw[i, j] == pytest.approx(expected, abs=1e-5)


@given(st.integers(1, 300), st.data())
def test_positions__whole_patches_on_the_middle_of_cells_that_tile_the_side(side, data):
    patch = data.draw(st.integers(1, side))
    stride = data.draw(st.integers(1, side))
    found = positions(side, patch, stride)
    assert len(found) == -(-side // stride)
    assert found == sorted(found)
    cell = side / len(found)
    for i, start in enumerate(found):
        assert 0 <= start <= side - patch
        middle = (i + 0.5) * cell
        moved_inside = middle - patch / 2 < 0 or middle + patch / 2 > side
        assert abs(start + patch / 2 - middle) <= 0.5 or moved_inside
    if stride <= patch:
        seen = {pixel for start in found for pixel in range(start, start + patch)}
        assert seen == set(range(side))


def test_occlusion__patches_that_tile_the_picture_add_up():
    model = wrap(linear(8, 12), (8, 12))
    found = occlusion(model, cat(), Target("t", (1,)), patch=4, stride=4)
    bias = float(model.module[1].bias[1].detach())
    assert found.raw.shape == (2, 3)
    assert found.raw.sum() == pytest.approx(found.score - bias, abs=1e-5)


def test_occlusion__is_what_the_network_says_of_covered_pictures():
    model = models.load()
    size = model.preprocess.input_size
    side = size // 4
    found = occlusion(model, cat(), patch=side, stride=side)
    whole = pixels(model, cat())
    covered = whole.clone()
    covered[:, :, side : 2 * side, 2 * side : 3 * side] = 0
    with torch.no_grad():
        before, after = model.module(torch.cat([whole, covered]))
    index = found.target.plus[0]
    assert found.target.plus == (int(before.argmax()),)
    assert index == classify(model, cat()).top(1)[0].index
    assert found.raw[1, 2] == pytest.approx(float(before[index] - after[index]), abs=1e-4)
    assert found.score == pytest.approx(float(before[index]), abs=1e-4)
    assert (found.layer, found.method, found.unit) == ("", "occlusion", "logits")
    assert found.crop.size == (size, size)
    assert f"{side} × {side}" in found.notes[0]


@pytest.mark.parametrize("size, patch", [((64, 64), 8), ((224, 224), 28), ((3, 5), 1)])
def test_default_patch__an_eighth_of_the_side(size, patch):
    assert default_patch(*size) == patch


def test_occlusion__defaults():
    found = occlusion(wrap(linear(32, 48), (32, 48)), cat())
    assert found.raw.shape == (16, 24)
    assert found.raw.dtype == np.float32
    assert found.full().shape == (32, 48)


@pytest.mark.parametrize("net", [gap_net(), gap_net().half(), gap_net().double()])
def test_occlusion__any_precision(net):
    found = occlusion(wrap(net, 16), cat(), patch=4)
    expected = occlusion(wrap(gap_net(), 16), cat(), patch=4)
    np.testing.assert_allclose(found.raw, expected.raw, atol=5e-3)


def test_occlusion__does_not_depend_on_batches(monkeypatch):
    model = wrap(flat_net(), (8, 12))
    expected = occlusion(model, cat(), patch=3, stride=1).raw
    for size in (1, 7):
        monkeypatch.setattr(variants, "_CPU_BATCH", size)
        found = occlusion(model, cat(), patch=3, stride=1).raw
        np.testing.assert_allclose(found, expected, atol=1e-6)


def test_batches__are_bounded_by_their_pixels():
    model = wrap(gap_net(), 16)
    assert variants.batch_size(model, 64, 64) == 16
    assert variants.batch_size(model, 224, 224) == 4
    assert variants.batch_size(model, 1000, 1000) == 1


@pytest.mark.parametrize("frozen", [True, False])
def test_occlusion__leaves_the_model_as_it_was(frozen):
    model = wrap(flat_net(frozen=frozen), (8, 12))
    with untouched(model):
        occlusion(model, cat())


def test_occlusion__tells_its_progress():
    stop = Stop(10**6)
    occlusion(wrap(gap_net(), 16), cat(), patch=4, stride=2, progress=stop.progress)
    assert stop.told == [(16, 64), (32, 64), (48, 64), (64, 64)]


def test_occlusion__is_stopped_in_the_middle():
    model = wrap(gap_net(), 16)
    stop = Stop(2)
    with (
        untouched(model),
        pytest.raises(CancelledError, match=r"^Occlusion was stopped after 32 of 64 patches\.$"),
    ):
        occlusion(model, cat(), patch=4, stride=2, progress=stop.progress, should_stop=stop)
    assert stop.told == [(16, 64), (32, 64)]


def test_occlusion__a_progress_that_never_returns_leaves_nothing_behind():
    """As Streamlit's, which leaves by a BaseException when the user clicks elsewhere."""
    model = wrap(gap_net(), 16)

    def leave(*_):
        raise KeyboardInterrupt

    with untouched(model), pytest.raises(KeyboardInterrupt):
        occlusion(model, cat(), progress=leave)


@pytest.mark.parametrize(
    "patch, stride, named",
    [(17, 1, "patch of 17"), (0, 1, "patch of 0"), (-3, None, "patch of -3"), (4, 0, "stride of 0"),
     (4, 99, "stride of 99")],
)  # fmt: skip
def test_occlusion__refuses_what_does_not_fit(patch, stride, named):
    with pytest.raises(PictureError, match=rf"{named} pixels does not fit the 24 × 16 .* 1 to 16"):
        occlusion(wrap(gap_net(), (16, 24)), cat(), patch=patch, stride=stride)


def test_notes__say_what_is_never_covered_and_that_nothing_speaks_for_it():
    net = linear(8, 8)
    net[1].weight.data.zero_()
    found = occlusion(wrap(net, 8), cat(), Target("t", (0,)), patch=2, stride=4)
    assert any("never covered" in note for note in found.notes)
    assert any("No patch speaks for t" in note for note in found.notes)


def test_notes__say_when_values_are_no_numbers():
    net = linear(8, 8)
    net[1].weight.data.fill_(torch.inf)
    found = occlusion(wrap(net, 8), cat(), Target("t", (0,)), patch=4)
    assert any("no numbers" in note for note in found.notes)


def test_occlusion__threads_on_one_model_equal_one_after_another():
    model = wrap(flat_net(), (8, 12))
    jobs = [(Target("t", (i % 3,)), 2 + i % 4) for i in range(32)]
    expected = [occlusion(model, cat(), *job).raw for job in jobs]
    with untouched(model), ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda job: occlusion(model, cat(), *job).raw, jobs))
    assert all(np.array_equal(a, b) for a, b in zip(found, expected, strict=True))
