"""Maps from files: read by row, and refused in one line if their count, order or values are wrong."""

import numpy as np
import polars as pl
import pytest
import torch
import zarr
from conftest import COMPUTE, PREPROCESSING, settings

from cambench import config, networks, precomputed, registry, saliency
from cambench.errors import InputError
from cambench.runtime import gathered

NAMES = [f"{number}.png" for number in range(5)]


@pytest.fixture
def files(tmp_path):
    """Five maps of 3 x 4 in each format, and a manifest of five images."""
    maps = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32)
    np.save(tmp_path / "maps.npy", maps)
    for form in (2, 3):
        zarr.save_array(tmp_path / f"array{form}.zarr", maps, zarr_format=form)
    zarr.create_group(tmp_path / "store.zarr").create_array("raw", data=maps)
    (tmp_path / "names.txt").write_text("\n".join(NAMES) + "\n")
    pl.DataFrame({"path": NAMES}).write_parquet(tmp_path / "manifest.parquet")
    return tmp_path, maps


@pytest.mark.parametrize("name", ["maps.npy", "array2.zarr", "array3.zarr", "store.zarr"])
def test_formats(files, name):
    folder, maps = files
    path, manifest = str(folder / name), str(folder / "manifest.parquet")
    assert precomputed.shape(path) == (5, 3, 4)
    found = precomputed.read(path, np.array([2, 3]), manifest, str(folder / "names.txt"))
    np.testing.assert_array_equal(found, maps[2:4])


def test_method_gives_the_rows_of_its_batch(files):
    folder, maps = files
    probe = networks.open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)
    pixels = np.zeros((3, 32, 32, 3), np.uint8)
    options = {"path": str(folder / "maps.npy"), "manifest": str(folder / "manifest.parquet")}
    cam, order = registry.load("file"), np.zeros(3, np.int64)
    found = gathered(saliency.explain(probe, cam, pixels, order, order, 2, options, (3, 4), first=2))
    np.testing.assert_array_equal(found["raw"], maps[2:])
    images = probe.prepare(pixels)
    probe.open(images, order, draw=1)
    assert torch.isnan(cam(probe, images, torch.zeros(3), **options)).all()  # no maps of the masked images
    probe.open(images, order, draw=1)
    second = cam(probe, images, torch.zeros(3), masked=str(folder / "store.zarr"), **options)
    np.testing.assert_array_equal(second, maps[:3])


def test_refusals(files):
    folder, maps = files
    manifest, names = str(folder / "manifest.parquet"), folder / "names.txt"

    def said(path="maps.npy", listed=""):
        with pytest.raises(InputError) as error:
            precomputed.read(str(folder / path), np.arange(5), manifest, listed)
        return str(error.value).replace(f"{folder}/", "")

    np.save(folder / "few.npy", maps[:4])
    assert said("few.npy") == "few.npy: 4 maps, but the manifest lists 5 images"
    maps[3, 1, 1] = np.nan
    np.save(folder / "nan.npy", maps)
    assert said("nan.npy") == "nan.npy: map 3 has values that are not finite"
    names.write_text("\n".join(reversed(NAMES)))
    assert said(listed=str(names)) == "names.txt: map 0 is of 4.png, but image 0 of the manifest is 0.png"
    names.write_text("\n".join(NAMES[:2]))
    assert said(listed=str(names)) == "names.txt: 2 names for 5 maps"


def test_refused_before_any_work(files):
    folder, maps = files
    np.save(folder / "whole.npy", np.zeros((5, 3, 4), np.int64))
    np.save(folder / "small.npy", maps[:, :2])
    (folder / "text.npy").write_text("maps")

    def said(**options):
        lines = config._check_maps("mine", {key: str(folder / name) for key, name in options.items()})
        return [line.replace(f"{folder}/", "").removeprefix("config: methods.mine: ") for line in lines]

    assert said(path="maps.npy", masked="store.zarr", names="names.txt") == []
    assert said() == ["setting 'path' names no maps"]
    assert said(path="none.npy") == ["none.npy: no such file or folder"]
    assert said(path="text.npy") == ["text.npy: neither a .npy file nor a Zarr array (or a group with an array 'raw')"]
    assert said(path="whole.npy") == [
        "whole.npy: maps must be floats of shape (images, height, width), not int64 of shape (5, 3, 4)"
    ]
    assert said(path="maps.npy", masked="small.npy") == ["maps of shape (5, 3, 4), but masked maps of shape (5, 2, 4)"]
    assert said(path="maps.npy", names="none.txt") == ["names: none.txt: no such file"]
