"""What the page computes of images, run in the browser, beside the package's own functions."""

import subprocess
from dataclasses import asdict

import numpy as np
import polars as pl
import pytest
from projects import ROOT

from cambench.masks import Masking, masks
from cambench.report.shown import encode
from cambench.report.shown.order import Order, compared, mixed, ordered
from cambench.report.shown.scores import columns

pytestmark = pytest.mark.browser
WEB = ROOT / "workflow" / "web"
RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def run(chromium):
    """A function that calls a function of `web/src/images`, given as `file.name`, in a browser."""
    entry = "".join(
        f'export * as {name} from "./src/images/{name}";\n' for name in ("maths", "decode", "order", "place")
    )
    command = [WEB / "node_modules/.bin/esbuild", "--bundle", "--format=iife", "--global-name=ours", "--loader=ts"]
    script = subprocess.run(command, input=entry, capture_output=True, text=True, cwd=WEB, check=True).stdout
    page = chromium.new_page()
    page.evaluate(f"() => {{ {script}; globalThis.ours = ours; }}")
    yield lambda name, *given: page.evaluate(f"(given) => ours.{name}(...given)", list(given))
    page.close()


def as_list(page_array):
    """A typed array comes as an object with its places as keys."""
    return np.array(list(page_array.values()) if isinstance(page_array, dict) else page_array)


@pytest.mark.parametrize("order", ["scale_then_upsample", "upsample_then_scale"])
@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(
    ("shape", "size"), [((7, 7), (56, 56)), ((5, 9), (24, 61)), ((1, 1), (6, 6)), ((32, 32), (32, 32))]
)
def test_masks(run, order, relu, shape, size):
    raw = RNG.standard_normal((1, *shape)).astype(np.float32)
    found = run(
        "maths.mask",
        {"height": shape[0], "width": shape[1], "values": raw.ravel().tolist()},
        relu,
        {"size": list(size), "order": order},
    )
    wanted = masks(raw, size, Masking(relu=relu, order=order))[0]
    np.testing.assert_allclose(as_list(found).reshape(size), wanted, atol=1e-5)


def test_maps_that_have_no_mask(run):
    for values in ([2.0] * 4, [-1.0, -2, -3, -4]):
        found = run(
            "maths.mask",
            {"height": 2, "width": 2, "values": values},
            True,
            {"size": [4, 4], "order": "scale_then_upsample"},
        )
        assert not as_list(found).any()


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize("side", [7, 14, 40, 224])
def test_maps_of_the_report(run, side, relu):
    raw = (RNG.standard_normal((side, side)) - 0.5).astype(np.float32)
    code = encode.Code.of(raw.shape)
    found = run("decode.rawMap", encode.raw_map(raw, relu), asdict(code), relu)
    assert (found["height"], found["width"]) == code.shape
    wanted = encode.reduced(raw)
    error = {"f4": 0, "i2": 1e-4, "i1": 0.02}[code.kind] * np.abs(wanted).max()
    np.testing.assert_allclose(as_list(found["values"]).reshape(code.shape), wanted, atol=error)


def test_curves_of_the_report(run):
    values = RNG.random(64)
    np.testing.assert_allclose(run("decode.fractions", encode.fractions(values)), values, atol=1e-5)


METHODS, CONTROLS = ["a", "b", "fake"], {"fake"}


@pytest.fixture(scope="module")
def scores():
    """Of fifty images, some of which have no value, and some the same."""
    tables = [
        pl.DataFrame({"method": method, "image": range(50), "adcc": RNG.integers(0, 30, 50) / 32}) for method in METHODS
    ]
    unknown = (pl.col("image") % 7 == 3) & (pl.col("method") != "fake")
    value = pl.when(~unknown).then("adcc").alias("adcc")
    return pl.concat(tables).with_columns(
        value, target=0, predicted=0, correct=1, probability=0.5, masked_probability=0.5
    )


@pytest.mark.parametrize("higher", [True, False])
@pytest.mark.parametrize(
    "order",
    [Order(by) for by in ("image", "worst", "best", "disputed", "random")]
    + [Order("worst", method="b"), Order("best", method="fake"), Order("pair", a="a", b="fake")],
    ids=str,
)
def test_orders(run, scores, order, higher):
    manifest = pl.DataFrame({"image": range(50), "path": ["x"] * 50, "labels": [[0]] * 50})
    told = columns(scores, range(50), METHODS, ["adcc"], manifest, None)
    which = compared(METHODS, CONTROLS)
    given = {key: value for key, value in asdict(order).items() if value is not None}
    assert run("order.ordered", told, given, which, higher) == ordered(scores.lazy(), order, which, higher).tolist()


def test_the_random_order_is_mixed_alike(run):
    images = [0, 1, 49_999, 2**31]
    assert [run("order.mixed", image) for image in images] == mixed(np.array(images)).tolist()


LONG, VIEW = 40_000_000, 700


def test_a_list_that_browsers_can_hold_stands_where_the_scroll_bar_does(run):
    assert run("place.track", 10_000) == 10_000
    assert run("place.followed", {"top": 0, "scroll": 0}, 4321, 10_000, VIEW) == {"top": 4321, "scroll": 4321}
    assert run("place.settled", 4321, 10_000, VIEW) == 4321


def test_a_longer_list_moves_pixel_by_pixel_and_leaps_by_the_scroll_bar(run):
    track = run("place.track", LONG)
    assert track == 8_000_000
    middle = run("place.followed", {"top": 0, "scroll": 0}, (track - VIEW) / 2, LONG, VIEW)
    assert middle["top"] == pytest.approx((LONG - VIEW) / 2)
    near = run("place.followed", middle, middle["scroll"] + 100, LONG, VIEW)
    assert near["top"] == middle["top"] + 100
    assert run("place.settled", near["top"], LONG, VIEW) == pytest.approx(middle["scroll"] + 20, abs=0.1)
    for scroll, top in ((0, 0), (track - VIEW, LONG - VIEW)):
        assert run("place.followed", near, scroll, LONG, VIEW)["top"] == top
