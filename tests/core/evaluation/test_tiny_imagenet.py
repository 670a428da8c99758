"""Tiny ImageNet's validation pictures end to end: the figures, made again from the exported file.

Nothing of Netlens takes part in that but the file and the table of the model's outputs.
"""

import json

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)

from core import cli, models
from tests.conftest import SHARED

pytestmark = [pytest.mark.shared_data, pytest.mark.soak]

BINS = 15


@pytest.mark.parametrize("model", [models.DEFAULT_MODEL, "torchvision/mobilenet_v2"])
def test_evaluate__figures_follow_from_the_exported_file(
    model, shared_data, tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv("TORCH_HOME", str(SHARED / "torch_home"))
    output = tmp_path / "answers.parquet"
    source = shared_data / "tiny-imagenet-200" / "val.parquet"
    assert (
        cli.main(["evaluate", str(source), "--model", model, "--json", "--output", str(output)])
        == 0
    )
    said = json.loads(capsys.readouterr().out.splitlines()[-1])
    table = pd.read_parquet(output)
    assert len(table) == said["n"] == 10_000
    wnids = {known.index: known.wnid for known in models.classes_of(model)}
    top5 = table["top5_index"].map(lambda row: [wnids[at] for at in row])
    first = top5.str[0]
    truth = table["wnid"]
    assert said["top1"] == pytest.approx(accuracy_score(truth, first))
    hits = [own in named for own, named in zip(truth, top5, strict=True)]
    assert said["top5"] == pytest.approx(np.mean(hits))
    assert said["log_loss"] == pytest.approx(table["loss"].mean(), rel=1e-6)
    for name, score in (("precision", precision_score), ("recall", recall_score), ("f1", f1_score)):
        for average in ("macro", "weighted"):
            wanted = score(truth, first, average=average, zero_division=0)
            assert said[f"{average}_{name}"] == pytest.approx(wanted)
    assert said["balanced_accuracy"] == pytest.approx(_balanced(truth, first))
    sure = table["top5_probability"].str[0].to_numpy()
    right = (truth == first).to_numpy()
    held = np.clip(np.ceil(sure * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = [abs(sure[held == at].mean() - right[held == at].mean()) * (held == at).mean()
            for at in set(held.tolist())]  # fmt: skip
    assert said["ece"] == pytest.approx(sum(gaps), abs=1e-6)
    print(model, {key: said[key] for key in ("top1", "top5", "log_loss", "ece")})


def _balanced(truth: pd.Series, first: pd.Series) -> float:
    with np.testing.suppress_warnings() as quiet:
        quiet.filter(UserWarning)  # answers that are no class of the data
        return balanced_accuracy_score(truth, first)
