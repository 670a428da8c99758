"""What can go wrong through no fault of the program, in words for the person who meets it.

The message of each of these says what happened and what to do; pages and the command line show it
as it stands. Whatever is not one of these is a bug and keeps its traceback in the log.
"""


class NetlensError(Exception):
    """Base of all of them."""


class PictureError(NetlensError):
    """A file cannot be used as a picture."""


class CatalogError(NetlensError):
    """There is no such class."""


class ModelError(NetlensError):
    """A model is unknown, its file is damaged, or it cannot do what was asked."""


class WeightsUnavailableError(ModelError):
    """The weights are not on this machine and cannot be fetched now."""


class LayerError(ModelError):
    """There is no such layer, or it cannot give what was asked of it."""


class TargetError(NetlensError):
    """A class, or a group of classes, that the model does not know."""


class CancelledError(NetlensError):
    """The user stopped a long computation."""


class DeviceError(NetlensError):
    """A device is unknown, absent, or out of memory."""


class DataError(NetlensError):
    """A data set is unknown or cannot be read."""


class TrainingError(NetlensError):
    """A recipe cannot be followed, or a training came to nothing."""


class EvaluationError(NetlensError):
    """A data set cannot be evaluated, or what an evaluation left cannot be used."""


class RunError(NetlensError):
    """A run is unknown, in the wrong state for what was asked, or its folder cannot be written."""
