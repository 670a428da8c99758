"""The station Augmentation."""

from ui.lab.augmentation.bench import STATION

__all__ = ["STATION"]
