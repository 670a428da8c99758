"""Training pictures that fit their classes worst, to be dropped with a click and moved back."""

from collections.abc import Callable, Hashable, Sequence

import streamlit as st

from core.data import Dataset
from core.training.probing import playground as bench
from core.training.probing.playground import Bench, Setting
from ui import labelled
from ui.fine_tune import play_controls
from ui.gallery import Item, gallery
from ui.remember import remembered

_SHOWN = 24


def draw(
    dataset: Dataset, at: Bench, setting: Setting, names: Sequence[str], key: Hashable
) -> None:
    """Draw both galleries. Raises TrainingError where nothing can be judged.

    What is dropped stays among those that judge the others: the list does not change its order
    with every click.
    """
    judged = Setting(setting.classes, len(at.labels), setting.c)
    most = _SHOWN + len(setting.dropped)
    found = remembered("misfits", (key, judged, most), lambda: bench.misfits(at, judged, most), 8)
    st.caption(
        "Training pictures whose label surprises a probe that learnt from the others: mislabelled "
        "ones are among the first, and so are unusual ones. What is dropped is no longer learnt "
        "from; the files stay as they are. Click a picture to drop it."
    )
    shown = []
    for m in [m for m in found if m.position not in setting.dropped][:_SHOWN]:
        label, said = names[m.label], names[m.predicted]
        title = f"{label} → {said}" if label != said else f"{label} {m.probability:.0%}"
        alt = f"labelled {label}; the others say {said} at {m.probability:.0%}. Drop it"
        shown.append((m.position, title, alt))
    _gallery(dataset, shown, "Pictures that fit worst", key, play_controls.drop)
    if setting.dropped:
        st.markdown("**Dropped**")
        st.caption("Click a picture to learn from it again.")
        back = [
            (position, names[dataset.labels[position]], "dropped. Move it back")
            for position in sorted(setting.dropped)
        ]
        _gallery(dataset, back, "Dropped pictures", key, play_controls.move_back)


def _gallery(
    dataset: Dataset,
    shown: Sequence[tuple[int, str, str]],
    label: str,
    key: Hashable,
    on_pick: Callable[[str], None],
) -> None:
    """Positions with their titles and alternative texts, as buttons."""

    def made() -> list[Item]:
        small = [(*one, labelled.thumbnail(dataset, one[0])) for one in shown]
        return [Item(str(at), title, alt, p) for at, title, alt, p in small if p is not None]

    items = remembered("play_pictures", (key, label, tuple(shown)), made, 6)
    gallery(items, label, f"play_gallery_{label}", on_pick)
