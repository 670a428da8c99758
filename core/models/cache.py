"""A few loaded models, shared by all threads."""

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedCache(Generic[T]):
    """Keeps the most recently used values; makes each once, even when several threads ask.

    Making one value keeps nobody from another. When making fails, whoever waited tries in turn.
    A value that falls out lives on while somebody holds it.
    """

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._making: defaultdict[Hashable, threading.Lock] = defaultdict(threading.Lock)
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value of a key, made now if it is not there."""
        value = self._look_up(key)
        if value is not None:
            return value
        with self._lock:
            making = self._making[key]
        with making:
            value = self._look_up(key)
            if value is None:
                value = make()
                self._keep(key, value)
        return value

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)

    def _look_up(self, key: Hashable) -> T | None:
        with self._lock:
            if key not in self._values:
                return None
            self._values.move_to_end(key)
            return self._values[key]

    def _keep(self, key: Hashable, value: T) -> None:
        with self._lock:
            self._values[key] = value
            while len(self._values) > self._bound:
                self._values.popitem(last=False)
