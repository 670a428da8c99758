"""The stations in the order of the course, by the name that the address gives them."""

from ui.lab import architectures, losses, overfitting
from ui.lab.station import Station

STATIONS: dict[str, Station] = {
    "losses": losses.STATION,
    "overfitting": overfitting.STATION,
    "architectures": architectures.STATION,
}
