"""The station Challenge."""

from ui.lab.challenge.bench import STATION

__all__ = ["STATION"]
