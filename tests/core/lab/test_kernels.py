"""The usual kernels by what they must do, and against SciPy's and scikit-image's."""

import numpy as np
import pytest
from scipy import ndimage

from core.lab.kernels import SIZES, kernels


@pytest.mark.parametrize("size", SIZES)
def test_kernels__have_their_size_and_begin_with_the_identity(size):
    found = kernels(size)
    assert {kernel.shape for kernel in found.values()} == {(size, size)}
    picture = np.random.default_rng(0).normal(size=(6, 7))
    assert next(iter(found)) == "Identity"
    assert (ndimage.correlate(picture, found["Identity"]) == picture).all()


@pytest.mark.parametrize("size", [3, 5])
def test_kernels__keep_the_light_or_see_only_differences(size):
    found = kernels(size)
    for name in ("Box blur", "Gaussian blur", "Sharpen", "Emboss"):
        assert found[name].sum() == pytest.approx(1)
    for name in ("Sobel x", "Sobel y", "Laplacian"):
        assert found[name].sum() == 0
    assert (found["Sobel y"] == found["Sobel x"].T).all()
    assert (found["Laplacian"] == found["Laplacian"].T).all()
    assert (found["Laplacian"] == found["Laplacian"][::-1]).all()


def test_kernels__of_three_are_scipys():
    picture = np.random.default_rng(0).normal(size=(9, 8))
    found = kernels(3)
    for name, expected in {
        "Sobel x": ndimage.sobel(picture, axis=1),
        "Sobel y": ndimage.sobel(picture, axis=0),
        "Laplacian": ndimage.laplace(picture),
        "Box blur": ndimage.uniform_filter(picture, 3),
    }.items():
        assert ndimage.correlate(picture, found[name]) == pytest.approx(expected), name


def test_kernels__of_five_answer_to_slope_and_curvature():
    rows, columns = np.mgrid[-2:3, -2:3]
    found = kernels(5)
    assert (found["Sobel x"] * columns).sum() > 0
    assert (found["Sobel x"] * rows).sum() == 0
    assert (found["Laplacian"] * (rows**2 + columns**2)).sum() > 0
    assert (found["Laplacian"] * columns).sum() == 0
