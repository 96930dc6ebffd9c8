"""Rows of chunk files that are read part by part, of which no more are kept than there is room for."""

import numpy as np
import pytest

from cambench.errors import InputError
from cambench.runs.rows import Parts, StoredRows
from cambench.store import chunkfile, layout, writer
from cambench.store.layout import ArraySpec

VALUES = np.arange(20 * 3 * 2, dtype=np.float32).reshape(20, 3, 2)
ROW = VALUES[0].nbytes


@pytest.fixture
def stored(tmp_path, monkeypatch):
    """Twenty rows in shards of eight, in parts of two rows."""
    monkeypatch.setattr(chunkfile, "_PART", 2 * ROW)
    root = f"{tmp_path}/{layout.store('saliency', 'net', 'method')}"
    for shard in range(3):
        paths = {"raw": layout.chunk(root, "saliency", "raw", shard)}
        with writer.writing(paths, "saliency", 8, "made") as put:
            put({"raw": VALUES[8 * shard : 8 * shard + 8]})
    return root, ArraySpec("saliency", "raw", 8, (3, 2), "made")


@pytest.mark.parametrize("wanted", [slice(None), slice(3, 4), slice(7, 17), slice(6, 8), slice(-1, None), slice(4, 4)])
def test_slices(stored, wanted):
    np.testing.assert_array_equal(StoredRows(*stored, 20, Parts())[wanted], VALUES[wanted])


def test_one_row_and_steps(stored):
    rows = StoredRows(*stored, 20, Parts())
    np.testing.assert_array_equal(rows[np.int64(7)], VALUES[7])
    np.testing.assert_array_equal(rows[-1], VALUES[-1])
    with pytest.raises(InputError, match="give a slice without a step"):
        rows[::2]
    with pytest.raises(IndexError):
        rows[20]


def test_no_other_parts_are_read(stored, monkeypatch):
    read, seen = chunkfile.read, []
    monkeypatch.setattr(chunkfile, "read", lambda path, spec, rows: seen.append(rows) or read(path, spec, rows))
    rows = StoredRows(*stored, 20, Parts())
    rows[11:13]
    rows[12:13]
    assert seen == [(2, 4), (4, 6)]


def test_what_is_kept_is_bounded(stored):
    parts = Parts(most=3 * 2 * ROW)
    rows = StoredRows(*stored, 20, parts)
    for start in (0, 2, 4, 6, 8, 18):
        rows[start : start + 1]
    assert [first for _, first in parts._parts] == [6, 0, 2]  # of shards 0, 1 and 2
    assert parts._held == 3 * 2 * ROW


def test_a_part_larger_than_the_room_is_read_all_the_same(stored):
    np.testing.assert_array_equal(StoredRows(*stored, 20, Parts(most=1))[:], VALUES)
