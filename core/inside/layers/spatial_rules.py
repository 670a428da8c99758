"""What each operation of torch does to the place of space, by its name.

An operation without a rule loses the place rather than getting a wrong one.
"""

from collections.abc import Callable

from core.inside.layers.shape_rules import (
    attend,
    index,
    layer_norm,
    linear,
    multiply,
    permute,
    reduce,
    reshape,
    softmax,
    split,
    squeeze,
    transpose,
    unbind,
    unsqueeze,
)
from core.inside.layers.spatial import Mark, Op
from core.inside.layers.window_rules import (
    adaptive_pool,
    average_pool,
    convolve,
    max_pool,
    over_the_picture,
    pad,
    resample,
    roll,
)

Rule = Callable[[Op], Mark]

# each value of the output depends on the same place of the inputs, or on other channels there
POINTWISE = frozenset((
    "add", "sub", "rsub", "mul", "div", "true_divide", "neg", "pow", "abs", "sqrt", "rsqrt", "exp",
    "log", "square", "clamp", "clip", "maximum", "minimum", "where", "lerp", "addcmul",
    "relu", "relu6", "hardtanh", "silu", "gelu", "hardswish", "hardsigmoid", "sigmoid",
    "logsigmoid", "tanh", "mish", "leaky_relu", "elu", "celu", "selu", "softplus", "softsign",
    "prelu", "rrelu", "threshold", "hardshrink", "softshrink",
    "dropout", "dropout1d", "dropout2d", "alpha_dropout", "feature_dropout",
    "feature_alpha_dropout", "batch_norm", "local_response_norm",
    "clone", "contiguous", "to", "type_as", "float", "half", "bfloat16", "double", "detach",
    "nan_to_num", "expand", "expand_as", "requires_grad",
))  # fmt: skip
# look at the shape of an input only
CREATES = frozenset((
    "zeros_like", "ones_like", "empty_like", "full_like", "rand_like", "randn_like", "new_zeros",
    "new_ones", "new_empty", "new_full", "new_tensor",
))  # fmt: skip
CONCATENATE = frozenset(("cat", "concat", "concatenate"))

_OPERATORS = {"truediv": "div", "rtruediv": "div", "itruediv": "div", "rpow": "pow"}
_OPERATORS |= {f"{way}{name}": name for way in "ri" for name in ("add", "sub", "mul")}

RULES: dict[str, Rule] = {
    "conv2d": convolve,
    **dict.fromkeys(("max_pool2d", "max_pool2d_with_indices"), max_pool),
    "avg_pool2d": average_pool,
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d"), adaptive_pool),
    "pad": pad,
    **dict.fromkeys(("mean", "sum", "amax", "amin", "var", "std", "var_mean", "norm"), reduce),
    "permute": permute,
    **dict.fromkeys(("transpose", "swapaxes", "swapdims"), transpose),
    **dict.fromkeys(("reshape", "view", "flatten", "unflatten"), reshape),
    "squeeze": squeeze,
    "unsqueeze": unsqueeze,
    "getitem": index,
    **dict.fromkeys(("chunk", "split"), split),
    "unbind": unbind,
    **dict.fromkeys(("linear", "matmul"), linear),
    **dict.fromkeys(("softmax", "log_softmax"), softmax),
    **dict.fromkeys(("layer_norm", "rms_norm"), layer_norm),
    **dict.fromkeys(("group_norm", "instance_norm"), over_the_picture),
    "roll": roll,
    "interpolate": resample,
}


# of several inputs from the picture, the first one says where the cells of the output lie
FIRST_LEADS: dict[str, Rule] = {
    **dict.fromkeys(
        (
            "scaled_dot_product_attention",
            "multi_head_attention_forward",
            "_native_multi_head_attention",
        ),
        attend,
    ),
    **dict.fromkeys(("matmul", "bmm"), multiply),
}


def base_name(name: str) -> str:
    """``__iadd__``, ``add_``, ``__radd__`` -> ``add``; ``__getitem__`` -> ``getitem``."""
    if name.startswith("__"):
        inner = name.strip("_")
        return _OPERATORS.get(inner, inner)
    return name if name.startswith("_") else name.rstrip("_")
