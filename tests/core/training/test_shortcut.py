"""A planted shortcut costs the test its accuracy, and Grad-CAM gives it away."""

import numpy as np
import pytest
from PIL import Image

from core import data, inside, models, paths
from core.evaluation import TEST, Predictions
from core.images import read_image
from core.training import suggest
from core.training.job import fine_tune
from tests.core.training.test_job import Context

LOOKED_AT = 60


def probed(name, number):
    """Test accuracy of a probe, and the share of its evidence that lies on the shapes."""
    run_id = f"20260101-00000{number}-abcdef"
    record = fine_tune(suggest(name, models.DEFAULT_MODEL, "probe").as_json(), Context(run_id))
    model, dataset = models.load(f"run/{run_id}", device="cpu"), data.open(name)
    answers = Predictions.load(paths.home() / "runs" / run_id / "predictions.npz").of(TEST)
    shares = []
    for at in answers.positions[:LOOKED_AT].tolist():
        found = inside.heatmap(model, read_image(dataset.read(at), "shape"))
        evidence = np.maximum(found.full(), 0)
        mask = Image.fromarray(dataset.mask(at)).resize(evidence.shape[::-1])
        if evidence.any():
            shares.append(evidence[np.asarray(mask)].sum() / evidence.sum())
    assert len(shares) > LOOKED_AT / 2
    return record["test"]["accuracy"], float(np.mean(shares))


def test_probe__falls_for_a_shortcut_and_its_evidence_leaves_the_shapes():
    accuracy, on_shapes = probed("shapes", 0)
    fooled, elsewhere = probed("shapes-background", 1)
    assert accuracy > 0.8
    assert fooled < 0.5
    assert on_shapes > 2 * elsewhere
    covered = np.mean([data.open("shapes").mask(i).mean() for i in range(800, 900)])
    assert on_shapes > 2 * covered


@pytest.mark.soak
def test_probe__falls_for_a_mark_too():
    accuracy, on_shapes = probed("shapes", 0)
    fooled, elsewhere = probed("shapes-mark", 1)
    assert fooled < accuracy - 0.1
    assert elsewhere < on_shapes
