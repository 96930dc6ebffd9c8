"""Rectangular inputs and maps, of two networks of different sizes, through the whole workflow."""

import math

import numpy as np
import polars as pl
import pytest
import torch
import xarray as xr
from conftest import run_once, settings, unit
from PIL import Image
from projects import make_project
from running import verify
from torch.nn.functional import interpolate
from torchvision.transforms import v2

from cambench.networks.build import build

MEAN, STD = [0.5] * 3, [0.25] * 3
BLOCKS = {
    "wide": {"resize": [24, 40], "crop": [16, 40], "interpolation": "lanczos"},
    "tall": {"resize": 36, "crop": [32, 24]},
}
INPUTS, MAPS = {"wide": (16, 40), "tall": (32, 24)}, {"wide": (4, 10), "tall": (8, 6)}
STORES = {"wide": "resize24x40-crop16x40-lanczos", "tall": "resize36-crop32x24-bilinear"}
METHODS = ("gradcam", "fakecam", "centre")
STRATA = {"wide": ([1, 2], [3, 4], [5, 6]), "tall": ([1, 2], [3, 4], [5, 6, 7])}  # of the curves' inner steps


@pytest.fixture(scope="module")
def rectangular(tmp_path_factory):
    """A finished run, its results, and its table."""

    def make(folder):
        project = make_project(folder, range(5))
        project.config |= {
            "networks": {
                name: {"factory": "tiny:Tiny", "preprocessing": {**block, "mean": MEAN, "std": STD}}
                for name, block in BLOCKS.items()
            },
            "methods": {cam: {"cam": cam} for cam in METHODS},
            "curves": {"pixels_per_step": 100, "points": 3},
            "shards": {"images": 8},
        }
        return project

    project = run_once(tmp_path_factory, "rectangular", make)
    return project, pl.read_parquet(project.results / "metrics.parquet")


def stored(project, *names):
    with xr.open_zarr(project.results.joinpath(*names[:-1], f"{names[-1]}.zarr")) as data:
        return data.load()


def forward(name, x):
    """Probabilities of the classes, by the network itself."""
    with torch.no_grad():
        return build(name, settings(factory="tiny:Tiny")).eval()(x).double().softmax(1)


@pytest.mark.parametrize("name", BLOCKS)
def test_pixels_are_those_of_torchvision(rectangular, name):
    project, block = rectangular[0], BLOCKS[name]
    mode = v2.InterpolationMode(block.get("interpolation", "bilinear"))
    reference = v2.Compose([v2.Resize(block["resize"], mode), v2.CenterCrop(block["crop"])])
    data = stored(project, "images", STORES[name])
    assert data.pixels.shape == (5, *INPUTS[name], 3)
    for file, pixels in zip(sorted((project.folder / "photos").iterdir()), data.pixels.values, strict=True):
        with Image.open(file) as image:
            np.testing.assert_array_equal(pixels, np.asarray(reference(image.convert("RGB"))))


@pytest.mark.parametrize("name", BLOCKS)
@pytest.mark.parametrize("method", METHODS)
def test_numbers_are_those_of_the_definitions(rectangular, name, method):
    """Masks by torch's upsampling, probabilities by the network itself, areas by trapezoids and sizes of strata."""
    project, table = rectangular
    rows = table.filter(network=name, method=method).sort("image")
    pixels = torch.from_numpy(stored(project, "images", STORES[name]).pixels.values).permute(0, 3, 1, 2)
    x = (pixels / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    raw = torch.from_numpy(stored(project, "saliency", name, method).raw.values)
    assert raw.shape == (5, *(INPUTS if method == "fakecam" else MAPS)[name])
    U = interpolate(unit(raw).view_as(raw)[:, None], INPUTS[name], mode="bilinear")
    classes = torch.tensor(rows["target"].to_list())[:, None]
    p, masked = (forward(name, inputs).gather(1, classes)[:, 0].numpy() for inputs in (x, x * U))
    np.testing.assert_allclose(rows["probability"], p, atol=1e-5)
    np.testing.assert_allclose(rows["masked_probability"], masked, atol=1e-5)
    np.testing.assert_allclose(rows["complexity"], U.mean((1, 2, 3)), atol=1e-5)
    check_curves(stored(project, "curves", name, method), rows, name)


def check_curves(data, rows, name):
    """100 pixels at each step, and fewer at the last one; of each stratum one step, which counts for all of them."""
    count, strata = math.prod(INPUTS[name]), ([0], *STRATA[name], [STRATA[name][-1][-1] + 1])
    shares = np.array([*range(0, count, 100), count]) / count
    np.testing.assert_allclose(data.step, [shares[stratum].mean() for stratum in strata])
    steps, sizes = data.steps.values, np.array([len(stratum) for stratum in strata])
    for column, stratum in zip(steps.T, strata, strict=True):
        assert set(column) <= set(stratum)
    assert len({tuple(row) for row in steps}) > 1  # images have steps of their own
    trapezoids = np.array([np.trapezoid(one, shares) for one in np.eye(len(shares))])
    for curve in ("deletion", "insertion"):
        areas = (sizes * trapezoids[steps] * data[curve].values).sum(1)
        np.testing.assert_allclose(rows[curve], areas, atol=1e-6)
    np.testing.assert_allclose(data.deletion[:, 0], rows["probability"], atol=1e-9)
    np.testing.assert_allclose(data.insertion[:, -1], rows["probability"], atol=1e-9)


@pytest.mark.parametrize("name", BLOCKS)
def test_the_centre_is_an_ellipse(rectangular, name):
    """Its standard deviation is a quarter of each side; places are given in pixels of the input."""
    data = stored(rectangular[0], "saliency", name, "centre")
    (height, width), (h, w) = INPUTS[name], MAPS[name]
    np.testing.assert_allclose(data.y, (np.arange(h) + 0.5) * height / h - 0.5)
    np.testing.assert_allclose(data.x, (np.arange(w) + 0.5) * width / w - 0.5)
    y, x = ((places + 0.5) / side - 0.5 for places, side in ((data.y.values, height), (data.x.values, width)))
    expected = np.exp(-(y[:, None] ** 2 + x**2) / (2 * 0.25**2))
    np.testing.assert_allclose(data.raw[0], expected, atol=1e-6)


def test_captions_name_the_sizes_of_each_network(rectangular):
    page = (rectangular[0].results / "tables/summary.md").read_text()
    assert "Preprocessing of wide: resized to 24 x 40, centre crop 16 x 40, lanczos, " in page
    assert "Preprocessing of tall: shorter side 36, centre crop 32 x 24, bilinear, " in page
    assert "curves from 3 of 6 or 7 inner steps of 100 pixels, drawn for each image, " in page


def test_every_method_has_the_same_steps(rectangular):
    found = {
        name: [stored(rectangular[0], "curves", name, method).steps.values for method in METHODS] for name in BLOCKS
    }
    for steps in found.values():
        assert all(np.array_equal(steps[0], other) for other in steps)


def test_pictures_are_drawn(rectangular):
    """A cell is 1.25 inches at its longer side; 0.42 are for the text below it, and as much for the headings."""
    figures = rectangular[0].results / "figures"
    with Image.open(figures / "gallery.png") as image:
        heights = [1.25 * 16 / 40 + 0.42, 1.25 + 0.42]
        width = (1.25 + 0.08) * 4 + 0.25
        assert image.height / image.width == pytest.approx((2 * sum(heights) + 0.42) / width, rel=0.01)
    assert (figures / "curves.svg").exists()


def test_nothing_is_left_to_do_or_to_mend(rectangular):
    project = rectangular[0]
    assert project.planned() == {}
    assert verify(project) == (["results/test: no defect"], 0)


@pytest.mark.long
def test_the_estimate_counts_the_stores_of_each_size(rectangular, tmp_path):
    project = rectangular[0].copy(tmp_path / "copy")
    project.run("estimate")
    table = pl.read_csv(project.results / "estimate.csv")
    images = sorted(5 * (height * width * 3 + 8 + 8) for height, width in INPUTS.values())
    assert sorted(table.filter(stage="images")["bytes"]) == images
    maps = {name: 5 * (h * w * 4 + 4 + 4) for name, (h, w) in MAPS.items()}
    found = table.filter(stage="saliency", method="gradcam")
    assert dict(zip(found["network"], found["bytes"], strict=True)) == maps
