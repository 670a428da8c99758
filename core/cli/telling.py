"""How far something is that has no run of its own."""

import time
from typing import TextIO

_QUIET_S = 1


class Telling:
    """Tells how far something is that takes longer than a moment, in a line on a terminal."""

    def __init__(self, what: str, out: TextIO) -> None:
        self._what, self._out = what, out
        self._told = time.monotonic()
        self._is_open = False

    def __enter__(self) -> "Telling":
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_open:
            print(file=self._out)

    def __call__(self, done: int, of: int) -> None:
        now = time.monotonic()
        if now - self._told < _QUIET_S:
            return
        self._told, self._is_open = now, self._out.isatty()
        end, begin = ("", "\r") if self._is_open else ("\n", "")
        print(f"{begin}{done:,} of {of:,} {self._what}", end=end, file=self._out, flush=True)
