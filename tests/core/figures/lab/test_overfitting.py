"""Curves with their marks, and digits with their names."""

import io

import numpy as np
from PIL import Image

from core.figures.lab.overfitting import curves, digit_strip
from core.lab.overfitting.training import PLAIN, Remedies, Task, training

TASK = Task(pictures=50, wrong=0.3)


def lines(figure):
    return {(trace.yaxis, trace.name): trace for trace in figure.data}


def test_curves__are_the_epochs_and_the_star_is_the_least():
    *_, fit = training(TASK, PLAIN)
    figure = curves(fit, TASK.epochs, 3.0, 0.7)
    drawn = lines(figure)
    assert drawn["y", "validation"].y == tuple(epoch.val_loss for epoch in fit.epochs)
    assert drawn["y2", "training"].y == tuple(epoch.train_accuracy for epoch in fit.epochs)
    star = drawn[None, "least validation loss"]
    assert (star.x[0], star.y[0]) == (fit.least.number, fit.least.val_loss)
    assert drawn["y2", "right labels"].y == (0.7, 0.7)
    assert not figure.layout.shapes
    assert figure.layout.yaxis.range[1] > 3


def test_curves__an_upright_line_marks_the_epoch_that_early_stopping_kept():
    *_, fit = training(TASK, Remedies(patience=3))
    figure = curves(fit, TASK.epochs, 3.0, 1.0)
    assert [shape.x0 for shape in figure.layout.shapes] == [fit.kept.number]
    assert ("y2", "right labels") not in lines(figure)


def test_digit_strip__pixels_are_kept_and_marks_are_orange():
    digit = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    strip = np.asarray(Image.open(io.BytesIO(digit_strip([digit] * 2, "34", [False, True]))))
    assert strip.shape == (60, 86, 4)
    assert (strip[2:40:5, 2:40:5, 0] == np.rint(digit * 255)).all()
    assert (strip[:, 40:46, 3] == 0).all()
    grey, orange = (name[name[..., 3] > 200].mean(0) for name in (strip[40:, :40], strip[40:, 46:]))
    assert grey[0] < grey[2]
    assert orange[0] > 2 * orange[2]
