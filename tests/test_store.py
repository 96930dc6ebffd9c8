"""Chunk files: what is written is read, damage is an error, and finished stores open in xarray without a warning."""

import contextlib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from cambench import chunkfile, layout, store
from cambench.errors import InputError
from cambench.lazy import LazyRows


def write(paths, stage, arrays, size, step=None):
    """Write one shard, `step` rows at a time."""
    rows = len(next(iter(arrays.values())))
    with store.writing(paths, stage, size) as put:
        for start in range(0, rows, step or rows):
            put({name: array[start : start + (step or rows)] for name, array in arrays.items()})


@pytest.fixture
def shards(tmp_path):
    """Seven maps of 3 x 4 in chunks of three rows."""
    root, raw = (
        str(tmp_path / "saliency/tiny/a.zarr"),
        np.random.default_rng(0).normal(size=(7, 3, 4)).astype(np.float32),
    )
    for shard in range(3):
        start, stop = layout.shard_rows(shard, 3, 7)
        arrays = {"raw": raw[start:stop], "passes": np.arange(start, stop)}
        write(layout.chunks(root, "saliency", shard), "saliency", arrays, 3)
    return root, raw


def read(root, rows):
    paths = [layout.chunk(root, "saliency", "raw", shard) for shard in layout.covering(rows, 3)]
    return LazyRows(paths, "saliency", "raw", rows, 3, (3, 4))[:]


@pytest.mark.parametrize("rows", [(0, 7), (2, 4), (6, 7), (3, 6)])
def test_rows_across_chunks(shards, rows):
    root, raw = shards
    np.testing.assert_array_equal(read(root, rows), raw[slice(*rows)])


@pytest.mark.filterwarnings("error")
def test_finished_store_opens(shards):
    root, raw = shards
    store.finish(root, "saliency", 7, 3, layout.axes((30, 40), (3, 4), []), {"settings": {"a": 1}})
    with xr.open_zarr(root) as data:
        np.testing.assert_array_equal(data.raw, raw)
        assert data.passes.values.tolist() == list(range(7))
        assert data.raw.dims == ("image", "y", "x")
        assert data.image.values.tolist() == list(range(7))
        assert data.y.values.tolist() == [4.5, 14.5, 24.5]
        assert data.attrs["settings"] == {"a": 1}


@pytest.mark.parametrize("step", [1, 2, 3])
def test_equal_data_gives_equal_bytes(shards, tmp_path, step):
    root, raw = shards
    again = layout.chunks(str(tmp_path / "other/saliency/tiny/a.zarr"), "saliency", 0)
    write(again, "saliency", {"raw": raw[:3], "passes": np.arange(3)}, 3, step)
    for name, path in again.items():
        with open(path, "rb") as new, open(layout.chunk(root, "saliency", name, 0), "rb") as old:
            assert new.read() == old.read()


@pytest.mark.parametrize("shard", [0, 2])
def test_a_chunk_in_the_place_of_another_is_refused(shards, shard):
    root, _ = shards
    paths = [Path(layout.chunk(root, "saliency", "raw", number)) for number in (1, shard)]
    paths[0].write_bytes(paths[1].read_bytes())
    with pytest.raises(InputError, match=r"damaged chunk \(it is cut off, or another chunk's\)"):
        read(root, (3, 6))
    assert not paths[0].exists()


def test_a_shard_that_fails_half_way_leaves_nothing(tmp_path):
    paths = layout.chunks(str(tmp_path / "saliency/tiny/a.zarr"), "saliency", 0)
    with contextlib.suppress(RuntimeError), store.writing(paths, "saliency", 4) as put:
        put({"raw": np.zeros((2, 3, 4)), "passes": np.zeros(2)})
        raise RuntimeError
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_full_disk_is_told_with_the_file(tmp_path, monkeypatch):
    paths = layout.chunks(str(tmp_path / "saliency/tiny/a.zarr"), "saliency", 0)

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(chunkfile.Writer, "append", full)
    with (
        pytest.raises(InputError, match="raw/c/0/0/0: cannot be written: No space left on device"),
        store.writing(paths, "saliency", 4) as put,
    ):
        put({"raw": np.zeros((2, 3, 4)), "passes": np.zeros(2)})
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_memory_does_not_grow_with_the_rows_of_a_chunk(tmp_path, monkeypatch):
    monkeypatch.setattr(chunkfile, "_PART", 1 << 18)
    block, peaks = np.random.default_rng(0).random((16, 32, 32), np.float32), []
    for rows in (512, 4096):
        paths = layout.chunks(str(tmp_path / f"saliency/tiny/{rows}.zarr"), "saliency", 0)
        tracemalloc.start()
        with store.writing(paths, "saliency", rows) as put:
            for _ in range(rows // len(block)):
                put({"raw": block, "passes": np.ones(len(block))})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    assert peaks[1] < 4096 * block[0].nbytes / 4


def test_parts_divide_a_chunk():
    """Pixels and maps of the input's size are read in parts; maps of a layer's size are small."""
    assert chunkfile.part("images", "pixels", 2048, (224, 224, 3)) == 64
    assert chunkfile.part("saliency", "raw", 4096, (224, 224)) == 64
    assert chunkfile.part("saliency", "raw", 4096, (7, 7)) == 4096
    assert chunkfile.part("images", "pixels", 10, (224, 224, 3)) == 10


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder: cannot be written: Is a directory"):
        store.write_atomically(tmp_path / "folder", b"data")
    with contextlib.suppress(RuntimeError), store.replacing(tmp_path / "file") as path:
        path.write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_missing_chunk_is_not_taken_for_zeros(shards):
    root, _ = shards
    Path(layout.chunk(root, "saliency", "raw", 1)).unlink()
    with pytest.raises(InputError, match="missing"):
        store.finish(root, "saliency", 7, 3, layout.axes((30, 40), (3, 4), []), {})


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "zero"])
def test_damaged_chunk_is_put_aside(shards, damage):
    root, _ = shards
    path = Path(layout.chunk(root, "saliency", "raw", 1))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    changed = {"flip": bytes(data), "truncate": bytes(data[:20]), "empty": b"", "zero": bytes(len(data))}
    path.write_bytes(changed[damage])
    with pytest.raises(InputError, match="damaged chunk"):
        read(root, (3, 6))
    assert not path.exists()
    assert path.with_name("0.damaged").exists()


def test_shards_cover_every_row_once():
    rows = [layout.shard_rows(shard, 4, 10) for shard in range(layout.shard_count(10, 4))]
    assert rows == [(0, 4), (4, 8), (8, 10)]
    assert list(layout.covering((3, 9), 4)) == [0, 1, 2]
    assert list(layout.covering((4, 8), 4)) == [1]


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Three hundred small pictures in chunk files of 128, whose parts are 64."""
    monkeypatch.setattr(chunkfile, "_PART", 64 * 4 * 4 * 3)
    root, pixels = (
        str(tmp_path / "images/small.zarr"),
        np.random.default_rng(0).integers(0, 255, (300, 4, 4, 3), np.uint8),
    )
    for shard in range(3):
        start, stop = layout.shard_rows(shard, 128, 300)
        arrays = {"pixels": pixels[start:stop], "label": np.zeros(stop - start), "seed": np.zeros(stop - start)}
        write(layout.chunks(root, "images", shard), "images", arrays, 128, step=50)
    return [layout.chunk(root, "images", "pixels", shard) for shard in range(3)], pixels


@pytest.mark.parametrize("rows", [(0, 300), (100, 290), (130, 131)])
def test_rows_are_read_in_parts(pictures, rows):
    paths, pixels = pictures
    covering = paths[rows[0] // 128 : (rows[1] - 1) // 128 + 1]
    lazy = LazyRows(covering, "images", "pixels", rows, 128, (4, 4, 3))
    expected = pixels[slice(*rows)]
    assert len(lazy) == len(expected)
    for wanted in (slice(0, 16), slice(None), slice(70, 140), slice(5, 6), slice(-3, None)):
        np.testing.assert_array_equal(lazy[wanted], expected[wanted])
    for start in range(0, len(expected), 16):
        np.testing.assert_array_equal(lazy[start : start + 16], expected[start : start + 16])
    assert len(lazy._parts) <= 2


@pytest.mark.parametrize("damage", ["truncate", "another", "flip"])
def test_a_damaged_part_is_refused(pictures, damage):
    paths, _ = pictures
    data = bytearray(Path(paths[1]).read_bytes())
    data[len(data) // 3] ^= 255
    changed = {"truncate": bytes(data[:-40]), "another": Path(paths[0]).read_bytes(), "flip": bytes(data)}
    Path(paths[1]).write_bytes(changed[damage])
    lazy = LazyRows(paths, "images", "pixels", (0, 300), 128, (4, 4, 3))
    assert len(lazy[0:64]) == 64
    with pytest.raises(InputError, match="damaged chunk"):
        lazy[128:256]
    assert not Path(paths[1]).exists()


def test_a_finished_store_of_pictures_opens(pictures):
    paths, pixels = pictures
    root = paths[0].partition("/pixels")[0]
    axes = {"y": range(4), "x": range(4), "channel": range(3)}
    store.finish(root, "images", 300, 128, axes, {})
    with xr.open_zarr(root) as data:
        np.testing.assert_array_equal(data.pixels, pixels)
        assert data.pixels.encoding["chunks"] == (64, 4, 4, 3)
