"""The pictures of what the bundled model looks for."""

import io

from PIL import Image

from core import models
from core.models.looked_for import FOLDER, looked_for


def test_looked_for__each_class_has_its_own_small_picture():
    known = {c.wnid for c in models.classes_of(models.DEFAULT_MODEL)}
    assert {file.stem for file in FOLDER.iterdir()} == known
    encoded = {looked_for(wnid) for wnid in known}
    assert len(encoded) == len(known)
    for picture in encoded:
        assert len(picture) <= 3000
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
            assert image.format == "WEBP"
            assert image.width == image.height >= 64


def test_looked_for__of_a_class_that_it_does_not_know():
    assert looked_for("n02124075x") is None


def test_looked_for__most_are_what_the_model_takes_them_for():
    """After they were packed to 3 kB, through the model's own preprocessing."""
    from core.predict import Source, classify_many

    model = models.load(device="cpu")
    wnids = [c.wnid for c in model.classes][::10]
    sources = [Source(wnid, lambda wnid=wnid: looked_for(wnid)) for wnid in wnids]
    ranks = [
        answer.rank_of(wnid)[0]
        for wnid, answer in zip(wnids, classify_many(model, sources), strict=True)
    ]
    assert sum(rank == 1 for rank in ranks) >= 0.8 * len(ranks)
