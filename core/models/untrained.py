"""torchvision's well-known architectures with weights drawn at random: nothing to download.

Those that a course goes through, for lessons on a machine without a connection.
"""

UNTRAINED = {
    "untrained/alexnet": 61_100_840,
    "untrained/vgg16": 138_357_544,
    "untrained/googlenet": 6_624_904,
    "untrained/inception_v3": 23_834_568,
    "untrained/resnet18": 11_689_512,
    "untrained/resnet50": 25_557_032,
    "untrained/densenet121": 7_978_856,
    "untrained/mobilenet_v2": 3_504_872,
    "untrained/mobilenet_v3_large": 5_483_032,
    "untrained/efficientnet_b0": 5_288_548,
    "untrained/convnext_tiny": 28_589_128,
    "untrained/vit_b_16": 86_567_656,
}
"""How many numbers each learns with 1000 outputs, without the side branches of its training."""


def trained(name: str) -> str:
    """The model of torchvision that has the same architecture, and weights that were trained."""
    return f"torchvision/{name.removeprefix('untrained/')}"
