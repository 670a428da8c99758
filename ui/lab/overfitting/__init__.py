"""The station Overfitting."""

from ui.lab.overfitting.bench import STATION

__all__ = ["STATION"]
