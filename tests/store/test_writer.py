"""Shards are written whole or not at all, and finished stores open in xarray without a warning."""

import contextlib
import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cambench.errors import InputError
from cambench.store import chunkfile, layout, written
from cambench.store.layout import SETTINGS, Shapes
from cambench.store.writer import DIGESTS, finish, writing


def files(folder):
    return [path for path in folder.rglob("*") if path.is_file()]


def spec(stored):
    return {"stage": stored.stage, "rows_per_chunk": stored.size, "settings": ""}


@pytest.mark.filterwarnings("error")
def test_finished_store_opens(maps):
    finish(maps.root, spec(maps), 7, maps.shapes, {"settings": {"a": 1}}, {})
    with xr.open_zarr(maps.root) as data:
        np.testing.assert_array_equal(data.raw, maps.values)
        assert data.passes.values.tolist() == list(range(7))
        assert data.raw.dims == ("image", "y", "x")
        assert data.image.values.tolist() == list(range(7))
        assert data.y.values.tolist() == [4.5, 14.5, 24.5]
        assert data.attrs["settings"] == {"a": 1}


def test_a_finished_store_of_pictures_opens(pictures):
    finish(pictures.root, spec(pictures), 300, pictures.shapes, {}, {})
    with xr.open_zarr(pictures.root) as data:
        np.testing.assert_array_equal(data.pixels, pictures.values)
        assert data.pixels.encoding["chunks"] == (64, 4, 4, 3)


def test_finishing_writes_what_is_announced_and_records_digests(maps):
    chunks = set(files(Path(maps.root)))
    before = {path: path.read_bytes() for path in chunks}
    finish(maps.root, spec(maps), 7, maps.shapes, {}, {})
    assert {str(path) for path in set(files(Path(maps.root))) - chunks} == set(layout.metadata(maps.root, "saliency"))
    assert {path: path.read_bytes() for path in chunks} == before
    raw = json.loads((Path(maps.root) / "raw/zarr.json").read_text())
    assert raw["attributes"][DIGESTS] == [chunkfile.digest(str(maps.path(shard))) for shard in range(3)]


def test_missing_chunk_is_not_taken_for_zeros(maps):
    maps.path(1).unlink()
    with pytest.raises(InputError, match="missing"):
        finish(maps.root, spec(maps), 7, maps.shapes, {}, {})
    assert not (Path(maps.root) / "zarr.json").exists()


def test_a_shard_that_fails_half_way_leaves_nothing(tmp_path):
    paths = layout.chunks(str(tmp_path / "saliency/tiny/a.zarr"), "saliency", 0)
    with contextlib.suppress(RuntimeError), writing(paths, "saliency", 4) as put:
        put({"raw": np.zeros((2, 3, 4)), "passes": np.zeros(2), "condition": np.zeros(2)})
        raise RuntimeError
    assert files(tmp_path) == []


def test_a_full_disk_is_told_with_the_file(tmp_path, monkeypatch):
    paths = layout.chunks(str(tmp_path / "saliency/tiny/a.zarr"), "saliency", 0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chunkfile.Writer, "append", full)
    with (
        pytest.raises(InputError, match="raw/c/0/0/0: cannot be written: No space left on device"),
        writing(paths, "saliency", 4) as put,
    ):
        put({"raw": np.zeros((2, 3, 4)), "passes": np.zeros(2), "condition": np.zeros(2)})
    assert files(tmp_path) == []


def test_an_axis_may_be_one_zero(tmp_path, write_shard):
    """Its only coordinate is the fill value, and its chunk file is written nevertheless."""
    root = tmp_path / "saliency/tiny/a.zarr"
    arrays = {"raw": np.ones((1, 1, 1)), "passes": np.ones(1), "condition": np.ones(1)}
    write_shard(layout.chunks(str(root), "saliency", 0), "saliency", arrays, 1)
    finish(root, {"stage": "saliency", "rows_per_chunk": 1, "settings": ""}, 1, Shapes((1, 1), (1, 1)), {}, {})
    assert all((tmp_path / path).is_file() for path in layout.metadata(str(root), "saliency"))


def other_values(stored, shard, settings=""):
    """Put another whole chunk in the place of one."""
    path = str(stored.path(shard))
    with open(path, "wb") as file:
        writer = chunkfile.Writer(file, path, dataclasses.replace(stored.spec, settings=settings))
        writer.append(stored.values[:3] + 1)
        writer.close()


def test_a_chunk_that_its_job_did_not_write_is_refused(maps):
    """Against the digest in the job's log."""
    path = maps.path(1)
    said = {layout.identity(str(path), "saliency"): written.sha256(path)}
    finish(maps.root, spec(maps), 7, maps.shapes, {}, said)
    other_values(maps, 1)
    line = f"{path}: not what its job wrote; mend: rm {path}, then run again"
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        finish(maps.root, spec(maps), 7, maps.shapes, {}, said)


def test_a_chunk_is_held_against_the_earlier_metadata_if_its_log_is_lost(maps):
    finish(maps.root, spec(maps), 7, maps.shapes, {}, {})
    finish(maps.root, spec(maps), 7, maps.shapes, {}, {})
    other_values(maps, 2)
    with pytest.raises(InputError, match="2/0/0: not what its job wrote"):
        finish(maps.root, spec(maps), 7, maps.shapes, {}, {})
    said = {layout.identity(str(maps.path(2)), "saliency"): written.sha256(maps.path(2))}
    finish(maps.root, spec(maps), 7, maps.shapes, {}, said)  # its job has run since
    other_values(maps, 1)
    (Path(maps.root) / "raw/zarr.json").write_text("{")
    finish(maps.root, spec(maps), 7, maps.shapes, {}, said)  # nothing is left to say better


def test_chunks_of_other_settings_are_not_finished(maps):
    other_values(maps, 0, "fedcba9876543210")
    with pytest.raises(InputError, match=r"raw/c/0/0/0: made with other settings; mend: rm .*0/0/0, then run again$"):
        finish(maps.root, {**spec(maps), "settings": "0123456789abcdef"}, 7, maps.shapes, {}, {})
    assert maps.path(0).exists()


def test_a_store_bears_the_digest_of_its_settings(tmp_path, write_shard):
    root, settings = tmp_path / "saliency/tiny/a.zarr", "0123456789abcdef"
    paths, rows = layout.chunks(str(root), "saliency", 0), np.ones(2, np.float32)
    with writing(paths, "saliency", 2, settings) as put:
        put({name: rows[:, None, None] if name == "raw" else rows for name in paths})
    finish(root, {"stage": "saliency", "rows_per_chunk": 2, "settings": settings}, 2, Shapes((1, 1), (1, 1)), {}, {})
    with xr.open_zarr(root) as data:
        assert data.attrs[SETTINGS] == settings
        assert data.raw.values.tolist() == [[[1]], [[1]]]
