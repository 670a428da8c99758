"""The zoo: one name space of models, from a name to a network that is ready to use.

Importing this, listing models and asking what is on this machine need neither torch nor timm.
"""

from core.models.device import DeviceInfo, devices, guard, resolve_device
from core.models.download import Progress
from core.models.loading import ImageModel, load
from core.models.model_info import ModelClass, ModelInfo
from core.models.preprocess import Preprocess
from core.models.saved import read_model, save_model
from core.models.weights import obtain, on_machine, on_machine_names
from core.models.zoo import DEFAULT_MODEL, info, list_models

__all__ = [
    "DEFAULT_MODEL",
    "DeviceInfo",
    "ImageModel",
    "ModelClass",
    "ModelInfo",
    "Preprocess",
    "Progress",
    "devices",
    "guard",
    "info",
    "list_models",
    "load",
    "obtain",
    "on_machine",
    "on_machine_names",
    "read_model",
    "resolve_device",
    "save_model",
]
