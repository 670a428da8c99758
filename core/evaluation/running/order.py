"""In which order pictures are answered, so that the answers so far tell of the whole."""

from collections.abc import Iterator

import numpy as np

from core.evaluation.metrics import wilson

_SEED = 0


def batches(blocks: np.ndarray | None, n: int, size: int) -> list[np.ndarray]:
    """Positions 0..n-1 in batches of at most ``size``; always the same ones for the same blocks.

    Data sets are sorted by class, so that their first pictures say nothing of the others. Pictures
    that lie by themselves come in a random order, blocks of pictures that lie together too, with
    the pictures of a block one after the other.
    """
    dice = np.random.default_rng(_SEED)
    if blocks is None:
        order = dice.permutation(n)
    else:
        place = dice.permutation(int(blocks.max(initial=0)) + 1)
        order = np.argsort(place[blocks], kind="stable")
    return list(_cut(order, size))


def _cut(order: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(order), size):
        yield np.sort(order[start : start + size])


def interval(right: np.ndarray, blocks: np.ndarray | None) -> tuple[float, float]:
    """The 95 % interval of the accuracy of all pictures, from those in random blocks.

    ``right`` (n,) bool; ``blocks`` (n,) the block of each, None where each picture was drawn by
    itself, for which this is Wilson's. The pictures of a block are alike (often of one class), so
    that they tell less than as many drawn one by one: Wilson's interval is taken for the number
    of those that would tell as much (Kish, Survey Sampling, 1965: the design effect of clusters).
    From a single block nothing can be told: 0 and 1.
    """
    n, correct = len(right), int(np.count_nonzero(right))
    if blocks is None or n == 0:
        return wilson(correct, n)
    _, number = np.unique(blocks, return_inverse=True)
    sizes = np.bincount(number)
    count = len(sizes)
    if count < 2:
        return 0.0, 1.0
    share = correct / n
    spread = np.bincount(number, weights=right) - share * sizes
    variance = count / (count - 1) * float(np.square(spread).sum()) / n**2
    alone = share * (1 - share) / n
    effect = max(1.0, variance / alone) if alone else n / count
    return wilson(correct / effect, n / effect)
