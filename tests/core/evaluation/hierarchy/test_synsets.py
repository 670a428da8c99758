"""How often a model is right below each synset."""

import numpy as np
from hypothesis import given

from core import catalog
from core.evaluation.counts import count
from core.evaluation.hierarchy.synsets import synset_scores
from core.evaluation.metrics import wilson
from tests.core.evaluation.answers import answered

TABBY, GOLDEN, GOLDFISH = "n02123045", "n02099601", "n01443537"
DOG, ENTITY = "n02084071", "n00001740"


def test_synset_scores__by_hand():
    wnids = [TABBY, GOLDEN, GOLDFISH, None, "n99999999"]
    labels = np.array([0, 0, 0, 1, 1, 3, 3, 4])
    predicted = np.array([0, 0, 1, 1, 2, 3, 3, 4])
    scores = synset_scores(count(labels, predicted, 5), wnids)
    assert (scores[TABBY].n, scores[TABBY].right, scores[TABBY].classes) == (3, 2, 1)
    assert (scores[DOG].n, scores[DOG].right, scores[DOG].classes) == (2, 1, 1)
    root = scores[ENTITY]
    assert (root.n, root.right, root.classes) == (5, 3, 2)
    assert root.accuracy == 0.6
    assert root.interval == wilson(3, 5)
    assert GOLDFISH not in scores  # it was said, but has no picture
    assert "n99999999" not in scores


@given(answered(most_classes=12))
def test_synset_scores__are_those_of_brute_force(made):
    labels, predicted, classes = made
    known = catalog.load()
    all_wnids = [synset.wnid for synset in known.classes("1k")]
    wnids = [all_wnids[at * 83 % 1000] for at in range(classes)]
    scores = synset_scores(count(labels, predicted, classes), wnids)
    for synset in (ENTITY, DOG, wnids[0], "n00015388", "n00021939"):
        below = [at for at in range(classes) if synset in known.ancestors(wnids[at])]
        chosen = np.isin(labels, below)
        if not chosen.any():
            assert synset not in scores
            continue
        score = scores[synset]
        assert score.n == chosen.sum()
        assert score.right == (labels == predicted)[chosen].sum()
        assert score.classes == len(set(labels[chosen].tolist()))
