"""The station Descent."""

from ui.lab.descent.bench import STATION

__all__ = ["STATION"]
