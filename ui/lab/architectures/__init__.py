"""The station Architectures."""

from ui.lab.architectures.bench import STATION

__all__ = ["STATION"]
