"""The station Activation."""

from ui.lab.activation.bench import STATION

__all__ = ["STATION"]
