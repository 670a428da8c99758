"""The stations in the order of the course, by the name that the address gives them."""

from ui.lab import augmentation, classifier, losses, overfitting, preprocessing
from ui.lab.station import Station

STATIONS: dict[str, Station] = {
    "preprocessing": preprocessing.STATION,
    "classifier": classifier.STATION,
    "losses": losses.STATION,
    "augmentation": augmentation.STATION,
    "overfitting": overfitting.STATION,
}
