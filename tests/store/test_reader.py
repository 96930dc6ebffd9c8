"""Rows are read from the chunk files that cover them, in parts; damage is an error and put aside."""

import dataclasses
import re

import numpy as np
import pytest

from cambench.errors import InputError
from cambench.store import chunkfile, layout
from cambench.store.reader import LazyRows, Reader


def lazy(stored, rows):
    return LazyRows([str(stored.path(shard)) for shard in layout.covering(rows, stored.size)], stored.spec, rows)


@pytest.mark.parametrize("rows", [(0, 7), (2, 4), (6, 7), (3, 6)])
def test_rows_across_chunks(maps, rows):
    np.testing.assert_array_equal(lazy(maps, rows)[:], maps.values[slice(*rows)])


@pytest.mark.parametrize("shard", [0, 2])
def test_a_chunk_in_the_place_of_another_is_refused(maps, shard):
    maps.path(1).write_bytes(maps.path(shard).read_bytes())
    with pytest.raises(InputError, match=r"damaged chunk \(it is cut off, or another chunk's\)"):
        lazy(maps, (3, 6))[:]
    assert not maps.path(1).exists()


@pytest.mark.parametrize("damage", ["flip", "truncate", "empty", "zero"])
def test_damaged_chunk_is_put_aside(maps, damage):
    path = maps.path(1)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    changed = {"flip": bytes(data), "truncate": bytes(data[:20]), "empty": b"", "zero": bytes(len(data))}
    path.write_bytes(changed[damage])
    with pytest.raises(InputError, match="damaged chunk"):
        lazy(maps, (3, 6))[:]
    assert not path.exists()
    assert path.with_name("0.damaged").exists()


def test_a_missing_chunk_is_not_taken_for_a_damaged_one(maps):
    maps.path(1).unlink()
    with pytest.raises(InputError, match=r"1/0/0: chunk is missing; run again to make it$"):
        lazy(maps, (3, 6))[:]
    np.testing.assert_array_equal(lazy(maps, (0, 3))[:], maps.values[:3])


def test_a_chunk_that_cannot_be_read_stays(maps):
    """Which may be the disk's fault, or that of who may read it."""
    maps.path(1).unlink()
    maps.path(1).mkdir()
    with pytest.raises(InputError, match=r"1/0/0: unreadable: Is a directory$"):
        lazy(maps, (3, 6))[:]
    assert maps.path(1).exists()


@pytest.mark.parametrize("rows", [(0, 300), (100, 290), (130, 131)])
def test_rows_are_read_in_parts(pictures, rows):
    found, expected = lazy(pictures, rows), pictures.values[slice(*rows)]
    assert len(found) == len(expected)
    assert found.shape == expected.shape
    for wanted in (slice(0, 16), slice(None), slice(70, 140), slice(5, 6), slice(-3, None)):
        np.testing.assert_array_equal(found[wanted], expected[wanted])
    for start in range(0, len(expected), 16):
        np.testing.assert_array_equal(found[start : start + 16], expected[start : start + 16])
    assert len(found._parts) <= 2


@pytest.mark.parametrize("damage", ["truncate", "another", "flip"])
def test_a_damaged_part_is_refused(pictures, damage):
    path = pictures.path(1)
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 255
    changed = {"truncate": bytes(data[:-40]), "another": pictures.path(0).read_bytes(), "flip": bytes(data)}
    path.write_bytes(changed[damage])
    found = lazy(pictures, (0, 300))
    assert len(found[0:64]) == 64
    with pytest.raises(InputError, match="damaged chunk"):
        found[128:256]
    assert not path.exists()


def test_a_reader_gives_variables_by_name(maps):
    paths = {
        f"saliency.{name}": [layout.chunk(maps.root, "saliency", name, shard) for shard in (0, 1)]
        for name in ("raw", "passes")
    }
    read = Reader(paths, (1, 5), {"saliency": 3}, maps.shapes, {"saliency": ""})
    np.testing.assert_array_equal(read("saliency.raw")[:], maps.values[1:5])
    assert read("saliency.passes")[1:3].tolist() == [2, 3]
    assert read("saliency.raw") is read("saliency.raw")


def test_a_chunk_made_with_other_settings_is_refused_and_stays(maps):
    """It is whole, and somebody may want it back."""
    path = str(maps.path(1))
    spec = dataclasses.replace(maps.spec, settings="0123456789abcdef")
    with open(path, "wb") as file:
        writer = chunkfile.Writer(file, path, spec)
        writer.append(maps.values[3:6])
        writer.close()
    np.testing.assert_array_equal(LazyRows([path], spec, (3, 6))[:], maps.values[3:6])
    other = dataclasses.replace(spec, settings="fedcba9876543210")
    line = f"{path}: made with other settings; mend: rm {path}, then run again"
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        LazyRows([path], other, (3, 6))[:]
    assert maps.path(1).exists()
