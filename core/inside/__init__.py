"""Looking inside a network: its layers, feature maps, maps of evidence, and tests of those."""

from core.images import Box
from core.inside.evidence.decompose import Decomposition, decompose
from core.inside.evidence.explain import explain
from core.inside.evidence.heatmap import Heatmap, heatmap, heatmaps, same_maps
from core.inside.evidence.methods import METHODS, PICTURE_METHODS, SOURCES
from core.inside.evidence.target import (
    Target,
    class_target,
    difference_target,
    group_target,
    parse_target,
    predicted_target,
)
from core.inside.features import (
    FeatureMaps,
    Kernels,
    feature_maps,
    kernels,
    measure_field,
    measure_fields,
    relevance,
    vector,
)
from core.inside.layers.examine import network
from core.inside.layers.layer import Layer
from core.inside.layers.network import Network
from core.inside.layers.receptive_field import MeasuredField, ReceptiveField, Span

__all__ = [
    "METHODS",
    "PICTURE_METHODS",
    "SOURCES",
    "Box",
    "Decomposition",
    "FeatureMaps",
    "Heatmap",
    "Kernels",
    "Layer",
    "MeasuredField",
    "Network",
    "ReceptiveField",
    "Span",
    "Target",
    "class_target",
    "decompose",
    "difference_target",
    "explain",
    "feature_maps",
    "group_target",
    "heatmap",
    "heatmaps",
    "kernels",
    "measure_field",
    "measure_fields",
    "network",
    "parse_target",
    "predicted_target",
    "relevance",
    "same_maps",
    "vector",
]
