"""Names of classes that tell them apart."""

from core.evaluation.titles import titles


def test_titles__tell_equal_labels_apart():
    classes = [
        ("n02012849", "crane"),
        ("n03126707", "crane"),
        (None, "cat"),
        (None, "x"),
        (None, "x"),
    ]
    assert titles(classes) == (
        "crane (n02012849)",
        "crane (n03126707)",
        "cat",
        "x (class 3)",
        "x (class 4)",
    )
