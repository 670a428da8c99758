"""The Grad-CAM page."""

import dataclasses
import functools
import io
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image
from streamlit.runtime.memory_media_file_storage import MemoryMediaFileStorage
from streamlit.runtime.scriptrunner import StopException
from torch import nn

from core import catalog, data, images, models
from core.errors import DeviceError
from core.figures.heatmap import Scale, enlarged, overlay, shared_scale
from core.inside import (
    METHODS,
    Box,
    class_target,
    decompose,
    explain,
    group_target,
    heatmaps,
    network,
)
from core.inside.trust.erasing import erase, part
from core.inside.trust.faithfulness import faithfulness
from core.inside.trust.localisation import pointing_game
from core.inside.trust.randomisation import randomised, stages_of
from core.inside.trust.stability import stability
from core.predict import classify
from tests.core.inside.nets import wrap
from tests.pages.conftest import words

PAGE = "pages/4_Grad-CAM.py"
CAT, BULLFROG = "n02124075", "n01641577"  # classes of the bundled model
DOG = "n02084071"  # a group above some


@pytest.fixture
def media(monkeypatch) -> dict[str, bytes]:
    """What the page shows as pictures: end of the address -> bytes."""
    kept = {}
    load = MemoryMediaFileStorage.load_and_get_id

    def noted(self, data, mimetype, kind, filename=None):
        file_id = load(self, data, mimetype, kind, filename)
        kept[file_id] = data
        return file_id

    monkeypatch.setattr(MemoryMediaFileStorage, "load_and_get_id", noted)
    return kept


def pixels(app, media, alt: str) -> np.ndarray:
    """The one picture of the page whose alternative text begins so."""
    found = [i.proto.imgs[0] for i in app.image]
    (url,) = [image.url for image in found if image.alt.startswith(alt)]
    encoded = media[url.rpartition("/")[2].partition(".")[0]]
    return np.asarray(Image.open(io.BytesIO(encoded)))


def alts(app) -> list[str]:
    return [i.proto.imgs[0].alt for i in app.image]


def said(app) -> str:
    return words(app).replace("\\", "")


def model() -> models.ImageModel:
    return models.load(device="cpu")


def cat() -> images.Picture:
    return images.read_file(images.sample("chelsea").path)


def index(wnid: str) -> int:
    return next(c.index for c in model().classes if c.wnid == wnid)


def map_of(*indices: int, layer: str = "layer4", methods=("gradcam",)):
    targets = [class_target(model(), i) for i in indices]
    return heatmaps(model(), cat(), targets, [layer], methods)


def bar(app) -> tuple[float, float, str]:
    """The ends of the colour bar and its unit."""
    figure = json.loads(app.get("plotly_chart")[0].proto.spec)
    x = figure["data"][0]["x"]
    if isinstance(x, dict):  # Plotly packs arrays
        import base64

        x = np.frombuffer(base64.b64decode(x["bdata"]), x["dtype"])
    return float(x[0]), float(x[-1]), figure["layout"]["xaxis"]["title"]["text"]


def test_grad_cam__one_map_shows_what_core_says(open_page, media):
    app = open_page(PAGE, sample="chelsea")
    assert not app.error
    (m,) = map_of(index(CAT))
    crop = enlarged(m.crop, 400)
    expected = overlay(crop, m.native, shared_scale([m.native]), smooth=True)
    assert (pixels(app, media, "Grad-CAM of Egyptian cat") == np.asarray(expected)).all()
    assert (pixels(app, media, "What bundled") == np.asarray(crop)).all()
    low, high, unit = bar(app)
    assert (low, unit) == (0.0, "logits per cell")
    assert high == pytest.approx(float(m.native.max()))
    _, probability = classify(model(), cat()).rank_of(CAT)
    assert f"logit {m.score:.2f} · probability {probability:.1%}" in said(app)
    assert "layer4 is suggested" in said(app)


def test_grad_cam__two_targets_and_their_difference_share_one_scale(open_page, media):
    a, b = index(CAT), index(BULLFROG)
    app = open_page(PAGE, sample="chelsea", target=[str(a), str(b)])
    assert not app.error
    one, other = map_of(a, b)
    difference = one.raw - other.raw
    scale = shared_scale([one.native, other.native, difference])
    assert scale.signed
    crop = enlarged(one.crop, 400)
    for alt, values in (
        ("Grad-CAM of Egyptian cat", one.native),
        ("Grad-CAM of bullfrog", other.native),
        ("Where Cat speaks more for A", difference),
    ):
        expected = np.asarray(overlay(crop, values, scale, smooth=True))
        assert (pixels(app, media, alt) == expected).all()
    low, high, _ = bar(app)
    assert high == -low == pytest.approx(scale.high)
    gap = f"{one.score - other.score:+.2f}"
    assert f"score {gap}" in said(app)
    app.toggle(key="cam_own").set_value(True).run()
    expected = np.asarray(overlay(crop, difference, shared_scale([difference]), smooth=True))
    assert (pixels(app, media, "Where Cat speaks more for A") == expected).all()


@pytest.mark.shared_data
def test_grad_cam__another_model_translates_both_targets(open_page, shared_data, monkeypatch):
    monkeypatch.setenv("TORCH_HOME", str(shared_data.parent / "torch_home"))
    model = models.load(device="cpu")
    both = [index(CAT), index(BULLFROG)]
    app = open_page(PAGE, sample="chelsea", target=[str(i) for i in both])
    app.selectbox(key="subject_model").set_value("torchvision/mobilenet_v2").run()
    there = models.load("torchvision/mobilenet_v2", device="cpu")
    expected = [
        str(next(c.index for c in there.classes if c.wnid == model.classes[i].wnid)) for i in both
    ]
    assert list(app.query_params["target"]) == expected
    app.run()
    assert list(app.query_params["target"]) == expected
    assert not app.warning


def test_grad_cam__cells_and_negative_evidence_need_no_network(open_page, media, monkeypatch):
    app = open_page(PAGE, sample="chelsea")
    (m,) = map_of(index(CAT))

    def never(*_args, **_options):
        raise AssertionError("the network ran")

    monkeypatch.setattr("ui.grad_cam.side_by_side.heatmaps", never)
    monkeypatch.setattr("ui.target_choice.classify", never)
    app.segmented_control(key="cam_grid").set_value("Cells").run()
    crop = enlarged(m.crop, 400)
    expected = overlay(crop, m.native, shared_scale([m.native]))
    assert (pixels(app, media, "Grad-CAM of Egyptian cat") == np.asarray(expected)).all()
    app.toggle(key="cam_signed").set_value(True).run()
    assert not app.error
    scale = Scale(float(np.abs(m.raw).max()), bool(m.raw.min() < 0))
    expected = overlay(crop, m.raw, scale)
    assert (pixels(app, media, "Grad-CAM of Egyptian cat") == np.asarray(expected)).all()


def test_grad_cam__a_group_is_found_by_its_name(open_page):
    app = open_page(PAGE, sample="chelsea")
    app.segmented_control(key="cam_a_kind").set_value("group").run()
    assert "Egyptian cat" not in app.selectbox(key="cam_a_group").value
    app.text_input(key="cam_a_query").set_value("dog").run()
    assert app.selectbox(key="cam_a_group").value == DOG
    below = {s.wnid for s in catalog.load().leaves(DOG, "1k")}
    count = sum(c.wnid in below for c in model().classes)
    label = app.selectbox(key="cam_a_group").options[0]
    assert label == f"dog · {count} of 200 classes"
    assert app.query_params["target"] in (DOG, [DOG])
    target = group_target(model(), DOG)
    assert len(target.plus) == count
    (m,) = heatmaps(model(), cat(), [target], ["layer4"], ["gradcam"])
    assert f"sum of logits {m.score:.2f}" in said(app)


@pytest.mark.parametrize("query", ["zzzqqq", "tabby", "*[](<b>", "🐈", "a" * 5000])
def test_grad_cam__a_search_without_groups_says_so(open_page, query):
    app = open_page(PAGE, sample="chelsea", target=DOG)
    app.text_input(key="cam_a_query").set_value(query).run()
    assert not app.exception
    assert not app.error
    if query != "tabby":
        assert "No group" in said(app)


@pytest.mark.parametrize(
    ("param", "value"),
    [
        ("target", "200"),
        ("target", "-1"),
        ("target", "n99999999"),
        ("target", "9" * 50),
        ("target", "[x](http://evil.example)"),
        ("layer", "layer44"),
        ("layer", "fc"),
        ("layer", "<script>"),
        ("method", "grad-cam"),
        ("view", "everything"),
    ],
)
def test_grad_cam__a_bad_address_gets_one_sentence_and_the_default(open_page, param, value):
    app = open_page(PAGE, sample="chelsea", **{param: value})
    assert not app.exception
    assert not app.error
    assert len(app.warning) == 1
    assert "](" not in app.warning[0].value
    if param != "layer":
        assert value[:80] in app.warning[0].value.replace("\\", "")
    assert any(alt.startswith("Grad-CAM of Egyptian cat") for alt in alts(app))
    app.run()
    assert not app.warning
    assert param not in app.query_params


def test_grad_cam__the_address_is_written_and_defaults_are_left_out(open_page):
    app = open_page(PAGE, sample="chelsea")
    assert set(app.query_params) == {"sample"}
    app.segmented_control(key="cam_b_kind").set_value("class").run()
    second = app.selectbox(key="cam_b_class").value
    assert app.query_params["target"] == ["predicted", str(second)]
    app.selectbox(key="cam_method").set_value("hirescam").run()
    app.segmented_control(key="cam_view").set_value("layers").run()
    assert app.query_params["method"] in ("hirescam", ["hirescam"])
    assert app.query_params["view"] in ("layers", ["layers"])
    app.segmented_control(key="cam_b_kind").set_value("none").run()
    app.segmented_control(key="cam_view").set_value("one").run()
    app.selectbox(key="cam_method").set_value("gradcam").run()
    assert set(app.query_params) == {"sample"}


def test_grad_cam__a_wnid_in_the_address_is_its_class(open_page):
    app = open_page(PAGE, sample="chelsea", target=BULLFROG)
    assert not app.warning
    assert app.selectbox(key="cam_a_class").value == index(BULLFROG)


def test_grad_cam__the_same_on_both_sides_is_said(open_page):
    app = open_page(PAGE, sample="chelsea", target=["predicted", str(index(CAT))])
    assert "Both sides are Egyptian cat" in said(app)
    assert not any(alt.startswith("Where") for alt in alts(app))


def test_grad_cam__methods_from_one_forward_pass(open_page, media):
    app = open_page(PAGE, sample="chelsea", view="methods")
    assert not app.error
    maps = map_of(index(CAT), methods=list(METHODS))
    crop = enlarged(maps[0].crop, 224)
    for m in maps:
        alt = f"{METHODS[m.method]} of Egyptian cat"
        expected = overlay(crop, m.native, shared_scale([m.native]), smooth=True)
        assert (pixels(app, media, alt) == np.asarray(expected)).all(), m.method
    assert "Grad-CAM, XGrad-CAM and HiResCAM are the same map here" in said(app)
    assert "EigenCAM does not depend on the class" in said(app)


def test_grad_cam__layers_from_first_to_last(open_page):
    app = open_page(PAGE, sample="chelsea", view="layers", layer="layer2")
    assert not app.error
    titles = re.findall(r"\*\*([\w.]+)\*\*  \n", said(app))
    assert titles == [t for t in titles if t] and "layer2" in titles
    assert titles[-1] == "layer4"
    assert len(titles) >= 4


def test_grad_cam__by_hand_ends_at_the_logit(open_page):
    app = open_page(PAGE, sample="chelsea", view="by-hand")
    assert not app.error
    parts = decompose(model(), cat(), class_target(model(), index(CAT)), "layer4")
    assert parts.rest == pytest.approx(parts.bias, abs=1e-4)
    assert f"= **{parts.shares.sum():.2f}**" in said(app)
    assert f"The logit {parts.score:.2f} minus the bias {parts.bias:.2f}" in said(app)
    table = app.dataframe[0].value
    assert list(table["Channel"]) == parts.order[:10].tolist()
    assert table["Share"].to_numpy() == pytest.approx(parts.shares[parts.order[:10]], abs=1e-5)
    assert table["Sum so far"].to_numpy() == pytest.approx(np.cumsum(table["Share"]), abs=1e-4)


def test_grad_cam__by_hand_at_an_early_layer_says_that_it_is_not_linear(open_page):
    app = open_page(PAGE, sample="chelsea", view="by-hand", layer="layer2")
    assert not app.error
    assert "is not linear" in said(app)


def test_grad_cam__another_model_keeps_the_class_by_its_synset(open_page, monkeypatch):
    bundled = model()
    turned = models.ImageModel(
        **{
            **{name: getattr(bundled, name) for name in bundled.__dataclass_fields__},
            "name": "bundled/turned",
            "classes": tuple(
                models.ModelClass(i, c.wnid, c.label)
                for i, c in enumerate(reversed(bundled.classes))
            ),
        }
    )
    before = index(BULLFROG)
    app = open_page(PAGE, sample="chelsea", target=str(before))
    monkeypatch.setattr(models, "load", lambda *_args, **_options: turned)
    app.run()
    assert not app.warning
    assert app.selectbox(key="cam_a_class").value == 199 - before


def test_grad_cam__without_a_picture_it_asks_for_one(open_page):
    app = open_page(PAGE)
    assert not app.error
    assert "Pick a sample" in said(app)


def test_grad_cam__opened_again_runs_the_network_once(open_page, monkeypatch):
    runs = []
    monkeypatch.setattr(
        "ui.grad_cam.side_by_side.heatmaps", lambda *a, **o: (runs.append(a), heatmaps(*a, **o))[1]
    )
    app = open_page(PAGE, sample="chelsea")
    for view in ("methods", "one", "methods", "one"):
        app.segmented_control(key="cam_view").set_value(view).run()
    assert len(runs) == 2


def press(app, label: str):
    return next(b for b in app.button if b.label.startswith(label)).click().run()


def test_grad_cam__occlusion_waits_for_its_button_and_is_remembered(open_page, monkeypatch):
    runs = []
    monkeypatch.setattr(
        "ui.grad_cam.one.explain", lambda *a, **o: (runs.append(1), explain(*a, **o))[1]
    )
    app = open_page(PAGE, sample="chelsea", method="occlusion")
    assert not runs
    assert not any(alt.startswith("Occlusion") for alt in alts(app))
    app = press(app, "Compute occlusion")
    assert not app.error
    assert any(alt.startswith("Occlusion of Egyptian cat") for alt in alts(app))
    assert bar(app)[2] == "logits per patch"
    app.toggle(key="cam_signed").set_value(True).run()
    app.segmented_control(key="cam_view").set_value("methods").run()
    app.segmented_control(key="cam_view").set_value("one").run()
    assert any(alt.startswith("Occlusion of Egyptian cat") for alt in alts(app))
    assert len(runs) == 1


def test_grad_cam__a_cancelled_occlusion_says_how_far_it_came(open_page, monkeypatch):
    def interrupted(*_args, progress, **_options):
        progress(40, 196)
        raise StopException  # as Streamlit does when a widget is clicked meanwhile

    app = open_page(PAGE, sample="chelsea", method="occlusion")
    monkeypatch.setattr("ui.grad_cam.one.explain", interrupted)
    app = press(app, "Compute occlusion").run()
    assert not app.exception
    assert "Occlusion was cancelled after 40 of 196 patches." in said(app)
    monkeypatch.undo()
    app = press(app, "Compute occlusion again")
    assert not app.error
    assert "cancelled" not in said(app)
    assert any(alt.startswith("Occlusion of Egyptian cat") for alt in alts(app))


def test_grad_cam__a_failed_occlusion_was_not_cancelled(open_page, monkeypatch):
    def failing(*_args, progress, **_options):
        progress(40, 196)
        raise DeviceError("The device has run out of memory.")

    app = open_page(PAGE, sample="chelsea", method="occlusion")
    monkeypatch.setattr("ui.grad_cam.one.explain", failing)
    app = press(app, "Compute occlusion")
    assert "out of memory" in app.error[0].value
    app.run()
    assert not app.error
    assert "cancelled" not in said(app)


def test_grad_cam__erasing_shows_what_core_says(open_page, media):
    app = open_page(PAGE, sample="chelsea", view="test")
    assert not app.error
    (m,) = map_of(index(CAT))
    for which in ("hottest", "random", "coldest"):
        found = erase(model(), cat(), part(m, 0.25, which))
        alt = f"{which.capitalize()} 25 % erased: Egyptian cat"
        assert f"{alt} {m.target(found.probabilities):.1%}" in alts(app)
        assert (pixels(app, media, alt) == np.asarray(enlarged(found.crop, 224))).all()
    app.slider(key="cam_box_x").set_value((0, 50)).run()
    app.slider(key="cam_box_y").set_value((0, 100)).run()
    size = model().preprocess.input_size
    found = erase(model(), cat(), Box(0, 0, size, size // 2))  # top, left, bottom, right
    assert f"The box erased: Egyptian cat {m.target(found.probabilities):.1%}" in alts(app)
    app.selectbox(key="cam_erase_by").set_value("blur").run()
    found = erase(model(), cat(), part(m, 0.25), "blur")
    alt = f"Hottest 25 % erased: Egyptian cat {m.target(found.probabilities):.1%}"
    assert alt in alts(app)


def test_grad_cam__each_test_by_its_button(open_page, monkeypatch):
    quick = functools.partial(faithfulness, steps=4, orders=2)
    monkeypatch.setattr("ui.grad_cam.tests.faithfulness", quick)
    app = open_page(PAGE, sample="chelsea", view="test")
    (m,) = map_of(index(CAT))
    app = press(app, "Draw the curves")
    found = quick(model(), cat(), m)
    charts = [json.loads(c.proto.spec) for c in app.get("plotly_chart")]
    names = [trace["name"] for chart in charts for trace in chart["data"] if "name" in trace]
    assert f"hottest first, area {found.deletion.area:.3f}" in names
    assert f"hottest first, area {found.insertion.area:.3f}" in names
    assert f"{found.random_area:.3f} ± {found.random_area_spread:.3f}" in said(app)
    app = press(app, "Forget the last 4 stages")
    for stage in stages_of(network(model()))[:4]:
        assert any(alt.startswith(f"without {stage}: map of Egyptian cat") for alt in alts(app))
    (first,) = randomised(model(), cat(), m.target, "layer4", stages=1)
    shown = f"correlate with those before by {first.agreement.spearman:.2f}".replace("-", "−")
    assert shown in said(app)
    app = press(app, "Mirror and move")
    assert not app.error
    moved = stability(model(), cat(), m.target, "layer4", shift=4)
    shown = f"correlation {moved[0].agreement.pearson:.2f}".replace("-", "−")
    assert any(alt.startswith("Mirrored") and shown in alt for alt in alts(app))


def dataset(folder) -> None:
    """Three pictures with boxes, one of a class that the model does not know, one broken."""
    picture = images.sample("chelsea").path.read_bytes()
    wnids = [CAT, CAT, "n02085620", CAT]
    table = pa.table(
        {
            "image": [picture, picture, picture, b"broken"],
            "wnid": wnids,
            "file": [f"{i}.png" for i in range(4)],
            "xmin": [0.0, 400.0, 0.0, 0.0],
            "ymin": [0.0, 250.0, 0.0, 0.0],
            "xmax": [450.0, 440.0, 450.0, 450.0],
            "ymax": [299.0, 290.0, 299.0, 299.0],
        }
    )
    folder.mkdir()
    pq.write_table(table, folder / "cats.parquet")
    data.register(folder / "cats.parquet", "cats")


def test_grad_cam__many_pictures_of_a_data_set_and_the_pointing_game(open_page, tmp_path):
    dataset(tmp_path / "data")
    app = open_page(PAGE, sample="chelsea", view="many")
    assert not app.error
    app = press(app, "Compute 4 maps")
    found = [alt for alt in alts(app) if re.match(r"Grad-CAM of .* over \d.png", alt)]
    assert len(found) == 3
    assert "3.png cannot be used as a picture" in said(app)
    app = press(app, "Play with Grad-CAM at layer4")
    expected = pointing_game(model(), data.open("cats"), range(4), "layer4")
    table = app.dataframe[0].value
    assert list(table["Hits"]) == [f"{expected.hits} of {expected.n}"]
    assert table["Energy inside"][0] == pytest.approx(expected.energy)
    app.selectbox(key="cam_method").set_value("hirescam").run()
    app = press(app, "Play with HiResCAM")
    assert list(app.dataframe[0].value["Method"]) == ["Grad-CAM", "HiResCAM"]


def test_grad_cam__many_pictures_in_hand(open_page):
    app = open_page(PAGE)
    app.segmented_control(key="picture_way").set_value("Upload").run()
    uploader = app.file_uploader[0]
    for name in ("chelsea", "coffee"):
        encoded = images.sample(name).path.read_bytes()
        uploader = uploader.upload(f"**{name}**.png", encoded, "image/png")
    app = uploader.upload("broken.png", b"text", "image/png").run()
    app.segmented_control(key="cam_view").set_value("many").run()
    app = press(app, "Compute 3 maps")
    assert not app.error
    assert any("over **chelsea**.png" in alt for alt in alts(app))
    assert "broken.png cannot be used" in said(app)


def test_grad_cam__many_pictures_of_what_is_built_in(open_page):
    app = open_page(PAGE, sample="chelsea", view="many")
    assert app.selectbox(key="cam_many_from").options[:2] == ["digits", "shapes"]
    assert not app.error
    app = press(app, "Compute 12 maps")
    assert not app.error


def test_grad_cam__a_model_without_maps_is_asked_by_methods_on_the_picture(open_page, monkeypatch):
    flat = wrap(nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5)), 8)
    monkeypatch.setattr(models, "load", lambda *_args, **_options: flat)
    app = open_page(PAGE, sample="chelsea")
    assert not app.exception
    assert not app.error
    assert "only methods that work on the picture itself" in said(app)
    assert app.selectbox(key="cam_method").options == ["Occlusion", "Integrated gradients"]
    app = press(app, "Compute occlusion")
    assert not app.error
    assert any("chelsea" in alt or "Cat" in alt for alt in alts(app))


@pytest.mark.parametrize("view", ["methods", "layers", "by-hand"])
def test_grad_cam__a_model_without_maps_gets_a_sentence(open_page, monkeypatch, view):
    flat = wrap(nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, 5)), 8)
    monkeypatch.setattr(models, "load", lambda *_args, **_options: flat)
    app = open_page(PAGE, sample="chelsea", view=view)
    assert not app.exception
    assert len(app.error) == 1
    assert "keeps a grid of cells" in app.error[0].value


def test_grad_cam__a_model_whose_classes_have_no_synsets_offers_no_groups(open_page, monkeypatch):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 5))
    monkeypatch.setattr(models, "load", lambda *_args, **_options: wrap(net, 16))
    app = open_page(PAGE, sample="chelsea")
    assert not app.error
    kinds = app.segmented_control(key="cam_a_kind").options
    assert [str(kind) for kind in kinds] == ["Predicted", "Class"]


def test_grad_cam__21841_classes_are_searched_and_not_listed(open_page, monkeypatch):
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    big = wrap(nn.Sequential(net, nn.Linear(4, 21841)), 16)
    classes = tuple(
        models.ModelClass(i, s.wnid, s.label) for i, s in enumerate(catalog.load().classes("21k"))
    )
    big = dataclasses.replace(big, classes=classes)
    monkeypatch.setattr(models, "load", lambda *_args, **_options: big)
    app = open_page(PAGE, sample="chelsea", target="100")
    assert len(app.selectbox(key="cam_a_class").options) < 50
    app.text_input(key="cam_a_query").set_value("tabby").run()
    chosen = classes[app.selectbox(key="cam_a_class").value]
    assert chosen.label == "tabby"
