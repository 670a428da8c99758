"""The station Convolution."""

from ui.lab.convolution.bench import STATION

__all__ = ["STATION"]
