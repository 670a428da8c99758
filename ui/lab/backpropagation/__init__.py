"""The station Backpropagation."""

from ui.lab.backpropagation.bench import STATION

__all__ = ["STATION"]
