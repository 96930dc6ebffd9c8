"""Windows of rows, photographs, maps and curves, against the run's own tables and stores."""

import io
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import polars as pl
import pytest
import synthetic
from PIL import Image

from cambench.errors import InputError
from cambench.explore.images import MOST_ROWS, Filter, Images
from cambench.report.shown.order import Order

NET = synthetic.NETWORK


@pytest.fixture(scope="session")
def images(run):
    return Images(run, synthetic.CONTROLS)


def test_a_window_of_the_worst(run, images):
    scores = run.metrics.filter(~pl.col("method").is_in(synthetic.CONTROLS)).group_by("image").agg(pl.mean("adcc"))
    wanted = scores.sort("adcc")["image"].to_list()
    found = [images.window(NET, Order(), Filter(), slice(start, start + 16)) for start in (0, 16, 32)]
    assert [window["total"] for window in found] == [40] * 3
    assert [image for window in found for image in window["columns"]["images"]] == wanted


def test_columns_are_those_of_the_table(run, images):
    found = images.window(NET, Order("best", "deletion", "scorecam"), Filter(), slice(3, 5))["columns"]
    table = run.metrics.filter(method="scorecam").sort("deletion")[3:5]
    assert found["images"] == table["image"].to_list()
    assert found["files"] == [run.manifest["path"][image] for image in table["image"]]
    np.testing.assert_allclose(found["scores"]["scorecam"]["values"]["deletion"], table["deletion"], rtol=1e-5)
    assert found["names"] == {str(image): f"class of things {image}" for image in table["image"]}


@pytest.mark.parametrize(
    ("which", "wanted"),
    [
        (Filter("VAL_00000012.jpeg"), {11}),
        (Filter("of things 3"), {3, *range(30, 40)}),
        (Filter("(no such file)"), set()),
        (Filter(only="wrong"), set(range(0, 40, 4))),
        (Filter(only="flagged"), {0}),
        (Filter("of things 3", "wrong"), {32, 36}),
    ],
)
def test_filters(images, which, wanted):
    found = images.window(NET, Order("random"), which, slice(0, 40))
    assert (found["total"], set(found["columns"]["images"])) == (len(wanted), wanted)


def test_a_window_is_no_larger_than_pages_need(images):
    assert MOST_ROWS > 40
    assert len(images.window(NET, Order("image"), Filter(), slice(0, 10**9))["columns"]["images"]) == 40
    assert images.window(NET, Order("image"), Filter(), slice(50, 60))["columns"]["images"] == []


def test_photographs_and_maps_are_the_stored_ones(run, images):
    read = run.reader(NET, "gradcam")
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(images.photograph(NET, 7)))), read("images.pixels")[7:8][0])
    found = np.frombuffer(images.maps(NET, "gradcam", 7), "<f4").reshape(2, 7, 7)
    assert np.array_equal(found[0], read("saliency.raw")[7:8][0])
    assert np.array_equal(found[1], read("masked.raw")[7:8][0])


def test_curves_are_the_stored_ones(run, images):
    read, points = run.reader(NET, "gradcam"), run.points(NET)
    found = images.curves(NET, "gradcam", 7)
    assert found["shares"] == [points.shares[step] for step in read("curves.steps")[7:8][0]]
    np.testing.assert_allclose(found["insertion"], read("curves.insertion")[7:8][0], rtol=1e-5)


def test_names_that_the_run_lacks(images):
    for ask, said in [
        (lambda: images.window("x", Order(), Filter(), slice(0, 1)), "has networks net"),
        (lambda: images.window(NET, Order(method="x"), Filter(), slice(0, 1)), "no method 'x'"),
        (lambda: images.window(NET, Order(metric="x"), Filter(), slice(0, 1)), "no metric 'x'"),
        (lambda: images.maps(NET, "x", 0), "no method 'x'"),
        (lambda: images.curves(NET, "gradcam", 40), "no image 40; the run has 40"),
        (lambda: images.photograph(NET, -1), "no image -1"),
        (lambda: Filter(only="x"), "only: 'x' is none of all, wrong, flagged"),
    ]:
        with pytest.raises(InputError, match=said):
            ask()


def test_threads_may_ask_at_once(images):
    orders = [Order(by, "coherency", cam) for by in ("worst", "best") for cam in synthetic.CAMS]
    asked = [(order, slice(start, start + 8)) for order in orders for start in (0, 8)]
    alone = [images.window(NET, order, Filter(), rows) for order, rows in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda one: images.window(NET, one[0], Filter(), one[1]), asked)) == alone
        maps = list(pool.map(lambda image: images.maps(NET, "scorecam", image), range(40)))
    assert maps == [images.maps(NET, "scorecam", image) for image in range(40)]
