"""The stations in the order of the course, by the name that the address gives them."""

from ui.lab import losses, overfitting, preprocessing
from ui.lab.station import Station

STATIONS: dict[str, Station] = {
    "preprocessing": preprocessing.STATION,
    "losses": losses.STATION,
    "overfitting": overfitting.STATION,
}
