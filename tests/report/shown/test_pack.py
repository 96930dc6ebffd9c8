"""What the report holds of its images."""

import base64
import io
import json

import numpy as np
import pictured
import polars as pl
from PIL import Image

from cambench.images import objects
from cambench.report.shown import encode
from cambench.report.shown.pack import pack


def test_every_image_with_its_maps():
    found = pack(pictured.pictures(), 5)
    net = found["networks"]["net"]
    images = net["columns"]["images"]
    assert len(images) == len(found["photographs"]) == 5
    for method in ("a", "b"):
        maps, arrays = net["maps"][method], pictured.arrays("net", method)
        assert (maps["kind"], maps["shape"]) == ("f4", [4, 4])
        for name, key in (("saliency.raw", "first"), ("masked.raw", "second")):
            texts = [found["maps"][place] for place in maps[key]]
            kept = np.stack([np.frombuffer(base64.b64decode(text), "<f4").reshape(4, 4) for text in texts])
            assert np.array_equal(kept, arrays[name][images])
    json.dumps(found, allow_nan=False)


def test_photographs_are_those_of_the_images():
    found = pack(pictured.pictures(), 5)
    images, pixels = found["networks"]["net"]["columns"]["images"], pictured.arrays("net", "a")["images.pixels"]
    for image, place in zip(images, found["networks"]["net"]["photographs"], strict=True):
        data = base64.b64decode(found["photographs"][place].partition(",")[2])
        seen = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)
        assert np.abs(seen - pixels[image]).mean() < 20  # its neighbours differ by 80


def test_networks_share_photographs_and_equal_maps_are_kept_once():
    found = pack(pictured.pictures(("net", "other")), 12)
    nets = found["networks"]
    assert len(found["photographs"]) == 12
    assert nets["net"]["photographs"] == nets["other"]["photographs"]
    assert set(nets["net"]["maps"]["fake"]["first"]) == set(nets["other"]["maps"]["fake"]["second"])
    assert len(found["maps"]) == 2 * 2 * 2 * 12 + 1


def test_curves():
    net = pack(pictured.pictures(), 3)["networks"]["net"]
    assert net["shares"] == [[round(n / 8, 4) for n in range(9)]]
    image = net["columns"]["images"][1]
    steps = np.frombuffer(base64.b64decode(net["maps"]["a"]["curves"][1]), "<u2") / 65534
    arrays = pictured.arrays("net", "a")
    wanted = np.concatenate([arrays["curves.deletion"][image], arrays["curves.insertion"][image]])
    np.testing.assert_allclose(steps, wanted, atol=1e-5)


def test_drawn_curves_have_points_of_their_own():
    net = pack(pictured.pictures(curves={"pixels_per_step": 128, "points": 7}), 3)["networks"]["net"]
    assert len(net["shares"]) == 3


def test_what_the_run_did_not_make():
    net = pack(pictured.pictures(curves=None, unmasked=("a",)), 3)["networks"]["net"]
    assert net["shares"] is None
    assert net["maps"]["a"]["curves"] is None
    assert net["maps"]["a"]["second"] is None
    assert net["maps"]["b"]["second"]
    assert net["about"]["methods"]["a"] == {"relu": True, "stored": [4, 4], "masked": False}


def test_no_images_are_wanted():
    assert pack(pictured.pictures(), 0) is None


def test_many_points_of_a_curve_are_thinned_out():
    many = pictured.pictures(curves={"pixels_per_step": 4, "points": "all"})
    arrays = {
        **pictured.arrays("net", "a"),
        "curves.deletion": np.ones((12, 257)),
        "curves.insertion": np.ones((12, 257)),
    }
    net = pack(many.__class__(**{**vars(many), "reader": lambda network, method: arrays.__getitem__}), 2)["networks"][
        "net"
    ]
    assert len(net["shares"][0]) == encode.POINTS
    assert (net["shares"][0][0], net["shares"][0][-1]) == (0, 1)
    assert len(base64.b64decode(net["maps"]["a"]["curves"][0])) == 2 * 2 * encode.POINTS


def test_boxes_where_the_run_has_them():
    """As left, top, width and height; they may lie outside of the crop."""
    table = pl.DataFrame({"image": [2, 0], "boxes": [[[-4.0, 2.0, 10.06, 40.0], [1.0, 1.0, 2.0, 2.0]], []]})
    found = pack(pictured.pictures(boxes=table.lazy()), 12)["networks"]["net"]["columns"]["boxes"]
    assert found[2] == [[-4, 2, 14.1, 38], [1, 1, 1, 1]]
    assert found[0] == found[1] == []
    assert objects.with_boxes(table.lazy()) is not None
    assert objects.with_boxes(pl.LazyFrame(schema=objects.MASKED)) is None  # masks have no edges to be drawn
    assert "boxes" not in pack(pictured.pictures(), 12)["networks"]["net"]["columns"]
