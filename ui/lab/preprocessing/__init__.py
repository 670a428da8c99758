"""The station Preprocessing."""

from ui.lab.preprocessing.bench import STATION

__all__ = ["STATION"]
