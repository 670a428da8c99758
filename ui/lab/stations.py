"""The stations in the order of the course, by the name that the address gives them."""

from ui.lab import (
    activation,
    architectures,
    challenge,
    convolution,
    descent,
    losses,
    overfitting,
)
from ui.lab.station import Station

STATIONS: dict[str, Station] = {
    "convolution": convolution.STATION,
    "activation": activation.STATION,
    "losses": losses.STATION,
    "descent": descent.STATION,
    "overfitting": overfitting.STATION,
    "architectures": architectures.STATION,
    "challenge": challenge.STATION,
}
