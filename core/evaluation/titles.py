"""Names of classes that tell them apart."""

from collections import Counter
from collections.abc import Sequence


def titles(classes: Sequence[tuple[str | None, str]]) -> tuple[str, ...]:
    """Labels, with what tells them apart where two are the same."""
    times = Counter(label for _, label in classes)
    return tuple(
        label if times[label] == 1 else f"{label} ({wnid or f'class {at}'})"
        for at, (wnid, label) in enumerate(classes)
    )
