"""One map by any method: those on a layer, and those on the picture itself."""

from core.errors import LayerError
from core.images import Picture
from core.inside.evidence.heatmap import Heatmap, heatmap
from core.inside.evidence.integrated import integrated_gradients
from core.inside.evidence.methods import PICTURE_METHODS
from core.inside.evidence.occlusion import occlusion
from core.inside.evidence.target import Target
from core.inside.evidence.variants import Progress
from core.models import ImageModel


def explain(
    model: ImageModel,
    picture: Picture,
    target: Target | None = None,
    layer: str | None = None,
    method: str = "gradcam",
    *,
    progress: Progress | None = None,
) -> Heatmap:
    """A map by a method of `METHODS` or `PICTURE_METHODS`; of the predicted class by default.

    Raises LayerError (also for a layer given to a method that has none), ModelError for an unknown
    method, DeviceError.
    """
    if method not in PICTURE_METHODS:
        return heatmap(model, picture, target, layer, method)
    if layer is not None:
        raise LayerError(
            f"{PICTURE_METHODS[method]} works on the picture itself: leave the layer out."
        )
    function = occlusion if method == "occlusion" else integrated_gradients
    return function(model, picture, target, progress=progress)
