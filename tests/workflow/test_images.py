"""Odd folders and names of images, and maps that were made elsewhere, through the workflow."""

import os
import re
import sys

import numpy as np
import polars as pl
import pytest

STORE = "results/test/images/resize32-crop32-bilinear.zarr/zarr.json"
MAPS = "results/test/saliency/tiny/mine.zarr/zarr.json"


@pytest.fixture
def small_project(small_project):
    """With one shard, because most runs start a Python of their own for each job."""
    small_project.config["shards"] = {"images": 8}
    return small_project


@pytest.fixture
def odd_project(small_project):
    """Images lie in the working folder, below a folder with braces; some have odd names."""
    place = small_project.folder / "my {photos} {shard}"
    (small_project.folder / "photos").rename(place)
    image = (place / "000_0.png").read_bytes()
    for name in (b"caf\xe9.png", b"new\nline.png", "t\u00fcr.png".encode()):
        (place / os.fsdecode(name)).write_bytes(image + name)
    small_project.config["dataset"] = {"kind": "folder", "path": ".", "glob": "**/*.png"}
    return small_project


def test_images_with_odd_names_in_the_working_folder(odd_project, monkeypatch):
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("LC_ALL", "C")  # an ASCII locale
    odd_project.run(STORE, python=sys.executable)
    listed = pl.read_parquet(odd_project.results / "manifest.parquet")["path"].to_list()
    assert [path.rpartition("/")[2] for path in listed] == [*(f"00{n}_{n % 4}.png" for n in range(6)), "t\u00fcr.png"]
    rejected = pl.read_parquet(odd_project.results / "rejected.parquet")
    assert rejected["reason"].to_list() == ["file name is not UTF-8", "file name has control characters"]
    figure = odd_project.results / "figures" / "gallery.png"  # an image, and none of the data set's
    figure.parent.mkdir()
    figure.write_bytes((odd_project.folder / listed[0]).read_bytes())
    assert "manifest" not in odd_project.planned()


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_list_in_a_locale_that_knows_ascii_only(small_project, monkeypatch, kind):
    monkeypatch.setenv("PYTHONUTF8", "0")
    monkeypatch.setenv("LC_ALL", "C")
    paths = [f"t\u00fcr/{path.name}" for path in sorted((small_project.folder / "photos").iterdir())]
    (small_project.folder / "photos").rename(small_project.folder / "t\u00fcr")
    table = pl.DataFrame({"path": [*paths, "t\u00fcr/weg.png"]})
    table.write_csv(small_project.folder / "list.csv")
    table.write_parquet(small_project.folder / "list.parquet")
    small_project.config["dataset"] = {"kind": "manifest", "path": f"list.{kind}"}
    small_project.run(STORE, python=sys.executable)
    assert pl.read_parquet(small_project.results / "manifest.parquet")["path"].to_list() == paths
    assert pl.read_parquet(small_project.results / "rejected.parquet").rows() == [("t\u00fcr/weg.png", "missing")]


def test_the_folder_of_the_images_may_have_braces(odd_project):
    odd_project.config["dataset"]["path"] = str(odd_project.folder / "my {photos} {shard}")
    odd_project.run(STORE)
    assert len(pl.read_parquet(odd_project.results / "manifest.parquet")) == 7


def test_precomputed_maps_are_bound_to_their_images(small_project):
    np.save(small_project.folder / "maps.npy", np.random.default_rng(0).random((6, 3, 4), np.float32))
    settings = {"path": "maps.npy"}
    small_project.config["methods"] = {"mine": {"cam": "file", "settings": settings}}
    unbound = small_project.run(MAPS, check=False)
    assert unbound.returncode == 1
    said = re.search(r"^cambench: maps\.npy: nothing says .* set manifest: '(\w{16})'", unbound.stderr, re.MULTILINE)
    settings["manifest"] = said[1]
    photos = small_project.folder / "photos"
    (photos / "000_0.png").rename(photos / "006_2.png")  # one leaves, another comes
    changed = small_project.run(MAPS, check=False)
    assert changed.returncode == 1
    assert f"cambench: maps.npy: made for images of digest {said[1]}, but those of" in changed.stderr
    assert "Traceback" not in changed.stderr
