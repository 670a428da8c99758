"""How the learning rate moves from the first step to the last, as a function of the step alone.

Without a state there is nothing to save, and a run that is resumed goes on as if it had not been
interrupted.
"""

import math

_DIVIDED_AT_FIRST = 25
_DIVIDED_AT_LAST = 1e4


def factor(schedule: str, step: int, total: int, warm_up: float) -> float:
    """The share of the highest rate that holds at ``step``, 0 to ``total`` - 1.

    ``warm_up`` is the share of the steps in which the rate rises. `one-cycle` is Smith's (2018) in
    the form of torch's ``OneCycleLR`` with its defaults; the others rise linearly and then follow
    half a cosine to 0 (Loshchilov and Hutter 2016), a line to 0, or stay.
    """
    if schedule == "one-cycle":
        return _one_cycle(step, total, warm_up)
    rising = round(warm_up * total)
    if step < rising:
        return (step + 1) / (rising + 1)
    along = (step - rising) / (total - rising)
    if schedule == "cosine":
        return (1 + math.cos(math.pi * along)) / 2
    return 1 - along if schedule == "linear" else 1.0


def _one_cycle(step: int, total: int, warm_up: float) -> float:
    first = 1 / _DIVIDED_AT_FIRST
    top = max(0.0, warm_up * total - 1)  # where torch begins beyond it, it begins at it
    if step <= top:
        return _eased(first, 1.0, step / top if top > 0 else 1.0)
    return _eased(1.0, first / _DIVIDED_AT_LAST, (step - top) / (total - 1 - top))


def _eased(start: float, end: float, share: float) -> float:
    """From start to end along half a cosine."""
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))
