"""Weights that are not on this machine: asked for by a button, fetched beside the page's script."""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from core import models
from core.errors import NetlensError
from ui import hand
from ui.page import plain, show_error


@dataclass
class _Download:
    """A download goes on when the page that asked for it is left or drawn again."""

    info: models.ModelInfo
    done: int = 0
    total: int = 0
    error: str | None = None

    def __post_init__(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            models.obtain(self.info, self._progress)
        except (NetlensError, OSError) as error:
            self.error = str(error)

    def _progress(self, done: int, total: int) -> None:
        self.done, self.total = done, total

    def watch(self) -> None:
        """Show a bar until it is over. Raises nothing; `error` says what went wrong."""
        place = st.empty()
        while self._thread.is_alive():
            of = f" of {self.total / 1e6:,.0f}" if self.total else ""
            share = min(self.done / self.total, 1.0) if self.total else 0.0
            text = f"Downloading {plain(self.info.file)}: {self.done / 1e6:,.0f}{of} MB"
            place.progress(share, text=text)
            time.sleep(0.2)
        place.empty()


_downloads: dict[str, _Download] = {}
_lock = threading.Lock()


def ready(names: Sequence[str]) -> list[str]:
    """Those of the models whose weights are here; for each other one, a button to fetch them.

    Nothing is downloaded because an address or a list names a model.
    """
    here = []
    for name in names:
        info = models.info(name)
        if (name in _downloads and _watched(name)) or models.on_machine(info) is not None:
            here.append(name)
        else:
            _offer(info)
    if not here and models.DEFAULT_MODEL not in names:
        st.button("Use the bundled model", on_click=hand.take_models, args=([],))
    return here


def _watched(name: str) -> bool:
    download = _downloads[name]
    download.watch()
    with _lock:
        _downloads.pop(name, None)
    if download.error:
        show_error(download.error)
    return download.error is None


def _offer(info: models.ModelInfo) -> None:
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        size = f", {info.parameters / 1e6:,.0f} million parameters" if info.parameters else ""
        st.markdown(f"The weights of **{plain(info.name)}**{size} are not on this machine.")
        st.button(
            "Download",
            icon=":material/download:",
            key=f"fetch-{info.name}",
            on_click=_start,
            args=(info,),
        )


def _start(info: models.ModelInfo) -> None:
    with _lock:
        if info.name not in _downloads:
            _downloads[info.name] = _Download(info)
