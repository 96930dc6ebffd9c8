"""Maps from files: read by row, and refused in one line if their count, order or values are wrong."""

import os

import numpy as np
import polars as pl
import pytest
import zarr

from cambench.errors import InputError
from cambench.images import precomputed

NAMES = [f"{number}.png" for number in range(5)]


class Code:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


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


def test_maps_run_no_code(tmp_path):
    np.save(tmp_path / "maps.npy", np.array([Code(tmp_path / "ran")], object), allow_pickle=True)
    with pytest.raises(InputError, match="nor a Zarr array"):
        precomputed.shape(str(tmp_path / "maps.npy"))
    assert not (tmp_path / "ran").exists()
