"""Chunk files: what is written is read; one that is damaged or lies in the place of another is refused."""

import tracemalloc

import numpy as np
import pytest

from cambench.store import chunkfile, layout
from cambench.store.layout import ArraySpec
from cambench.store.writer import writing


def numbers(rows):
    """What is stored of an image's map beside the map."""
    return {"passes": np.arange(rows), "condition": np.zeros(rows)}


def test_parts_divide_a_chunk():
    """Pixels and maps of the input's size are read in parts; maps of a layer's size are small."""
    assert chunkfile.part(ArraySpec("images", "pixels", 2048, (224, 224, 3))) == 64
    assert chunkfile.part(ArraySpec("saliency", "raw", 4096, (224, 224))) == 64
    assert chunkfile.part(ArraySpec("saliency", "raw", 4096, (7, 7))) == 4096
    assert chunkfile.part(ArraySpec("images", "pixels", 10, (224, 224, 3))) == 10


@pytest.mark.parametrize("step", [1, 2, 3])
def test_equal_data_gives_equal_bytes(maps, tmp_path, write_shard, step):
    again = layout.chunks(str(tmp_path / "other/saliency/tiny/a.zarr"), "saliency", 0)
    write_shard(again, "saliency", {"raw": maps.values[:3], **numbers(3)}, 3, step)
    for name, path in again.items():
        with open(path, "rb") as new, open(layout.chunk(maps.root, "saliency", name, 0), "rb") as old:
            assert new.read() == old.read()
        assert chunkfile.digest(path) == chunkfile.digest(layout.chunk(maps.root, "saliency", name, 0))


@pytest.mark.parametrize("rows", [(0, 3), (1, 2), (2, 3)])
def test_rows_of_one_chunk_file(maps, rows):
    np.testing.assert_array_equal(chunkfile.read(str(maps.path(1)), maps.spec, rows), maps.values[3:6][slice(*rows)])


def test_a_last_chunk_is_padded_with_the_fill_value(maps):
    last = chunkfile.read(str(maps.path(2)), maps.spec, (0, 3))
    np.testing.assert_array_equal(last[0], maps.values[6])
    assert np.isnan(last[1:]).all()


def test_damage_is_told_from_another_chunk(maps):
    data = bytearray(maps.path(1).read_bytes())
    data[len(data) // 2] ^= 255
    maps.path(1).write_bytes(data)
    with pytest.raises(ValueError, match=r"^its checksum is wrong$"):
        chunkfile.read(str(maps.path(1)), maps.spec, (0, 3))
    maps.path(1).write_bytes(maps.path(0).read_bytes())
    with pytest.raises(ValueError, match=r"^it is cut off, or another chunk's$"):
        chunkfile.read(str(maps.path(1)), maps.spec, (0, 3))


def test_memory_does_not_grow_with_the_rows_of_a_chunk(tmp_path, monkeypatch):
    monkeypatch.setattr(chunkfile, "_PART", 1 << 18)
    block, peaks = np.random.default_rng(0).random((16, 32, 32), np.float32), []
    for rows in (512, 4096):
        paths = layout.chunks(str(tmp_path / f"saliency/tiny/{rows}.zarr"), "saliency", 0)
        tracemalloc.start()
        with writing(paths, "saliency", rows) as put:
            for _ in range(rows // len(block)):
                put({"raw": block, **numbers(len(block))})
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0]
    assert peaks[1] < 4096 * block[0].nbytes / 4
