"""The station Classifier."""

from ui.lab.classifier.bench import STATION

__all__ = ["STATION"]
