"""The zoo: one name space of models, from a name to a network that is ready to use.

Importing this, listing models and asking what is on this machine need neither torch nor timm.
"""

from core.models.classes import classes_of
from core.models.device import DeviceInfo, devices, guard, resolve_device
from core.models.download import Progress
from core.models.features import feature_network
from core.models.loading import ImageModel, load
from core.models.model_info import ModelClass, ModelInfo
from core.models.preprocess import Preprocess, from_settings, saved_preprocess
from core.models.saved import read_model, save_model, save_tuned
from core.models.tunable import Tunable, preprocess_of, tunable
from core.models.weights import obtain, on_machine, on_machine_names, weights_digest
from core.models.zoo import DEFAULT_MODEL, info, list_models

__all__ = [
    "DEFAULT_MODEL",
    "DeviceInfo",
    "ImageModel",
    "ModelClass",
    "ModelInfo",
    "Preprocess",
    "Progress",
    "Tunable",
    "classes_of",
    "devices",
    "feature_network",
    "from_settings",
    "guard",
    "info",
    "list_models",
    "load",
    "obtain",
    "on_machine",
    "on_machine_names",
    "preprocess_of",
    "read_model",
    "resolve_device",
    "save_model",
    "save_tuned",
    "saved_preprocess",
    "tunable",
    "weights_digest",
]
