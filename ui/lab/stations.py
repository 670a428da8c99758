"""The stations in the order of the course, by the name that the address gives them."""

from ui.lab import (
    activation,
    architectures,
    augmentation,
    backpropagation,
    challenge,
    classifier,
    convolution,
    descent,
    losses,
    overfitting,
    preprocessing,
)
from ui.lab.station import Station

STATIONS: dict[str, Station] = {
    "preprocessing": preprocessing.STATION,
    "convolution": convolution.STATION,
    "activation": activation.STATION,
    "classifier": classifier.STATION,
    "losses": losses.STATION,
    "descent": descent.STATION,
    "backpropagation": backpropagation.STATION,
    "augmentation": augmentation.STATION,
    "overfitting": overfitting.STATION,
    "architectures": architectures.STATION,
    "challenge": challenge.STATION,
}
