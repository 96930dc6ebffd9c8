"""A variable that may be spared: its chunk files bear their names and nothing else, and nothing passes for data."""

import os

import numpy as np
import pytest
import xarray as xr

from cambench.errors import InputError
from cambench.store import chunkfile, layout
from cambench.store.layout import Shapes
from cambench.store.reader import Reader
from cambench.store.stages import STAGES
from cambench.store.writer import finish, writing

ITEM = (5, 3, 4)  # channels, h, w
SHAPES = Shapes((30, 40), (3, 4), activations=ITEM)
SPEC = {"stage": "predictions", "rows_per_chunk": 4, "settings": "0123456789abcdef"}
VALUES = np.random.default_rng(0).normal(size=(6, *ITEM)).astype(np.float32)
NAME = "predictions.activations"


@pytest.fixture
def predicted(tmp_path):
    """Writes predictions of six images in two shards, keeping the activations of those named; its root."""

    def make(kept):
        root = str(tmp_path / "predictions/tiny.zarr")
        for shard, rows in enumerate((slice(0, 4), slice(4, 6))):
            block = {name: np.zeros(rows.stop - rows.start) for name in STAGES["predictions"].writes}
            block["activations"] = VALUES[rows] if shard in kept else VALUES[rows, :0]
            with writing(layout.chunks(root, "predictions", shard), "predictions", 4, SPEC["settings"]) as put:
                put({name: values[:1] for name, values in block.items()})
                put({name: values[1:] for name, values in block.items()})
        return root

    return make


def read(root, rows=(0, 6)):
    paths = [layout.chunk(root, "predictions", "activations", shard) for shard in layout.covering(rows, 4)]
    return Reader({NAME: paths}, rows, {"predictions": 4}, SHAPES, {"predictions": SPEC["settings"]})(NAME)


@pytest.mark.parametrize("part", [16 << 20, 2 * 5 * 3 * 4 * 4])
def test_what_is_kept_is_read(predicted, monkeypatch, part):
    """In one part, and in parts of two images."""
    monkeypatch.setattr(chunkfile, "_PART", part)
    root = predicted(kept=(0, 1))
    rows = read(root)
    assert not rows.are_spared
    np.testing.assert_array_equal(rows[0:6], VALUES)
    finish(root, SPEC, 6, SHAPES, {}, {})
    with xr.open_zarr(root) as data:
        assert data.activations.dims == ("image", "channel", "y", "x")
        np.testing.assert_array_equal(data.activations, VALUES)


def test_a_store_without_them_is_opened(predicted):
    root = predicted(kept=())
    assert read(root).are_spared
    finish(root, SPEC, 6, SHAPES, {}, {})
    with xr.open_zarr(root) as data:
        assert data.activations.shape == (6, 0, 3, 4)
        assert data.activations.values.size == 0
        assert data.target.values.tolist() == [0] * 6
        assert data.isel(image=slice(1, 3)).load().sizes["channel"] == 0
    sizes = [os.path.getsize(layout.chunk(root, "predictions", "activations", shard)) for shard in (0, 1)]
    assert max(sizes) < 100


def test_shards_of_both_kinds(predicted):
    """A run that has grown under another setting: jobs take what their rows have, the store has none."""
    root = predicted(kept=(0,))
    assert [read(root, rows).are_spared for rows in ((0, 4), (4, 6), (0, 6))] == [False, True, True]
    finish(root, SPEC, 6, SHAPES, {}, {})
    with xr.open_zarr(root) as data:
        assert data.activations.shape == (6, 0, 3, 4)


@pytest.mark.parametrize("left", [0, 10, -1])
def test_a_chunk_that_is_cut_off_is_not_taken_for_a_spared_one(predicted, left):
    root = predicted(kept=(0, 1))
    path = layout.chunk(root, "predictions", "activations", 0)
    with open(path, "r+b") as file:
        file.truncate(left % os.path.getsize(path))
    with pytest.raises(InputError, match="damaged chunk"):
        _ = read(root).are_spared
    assert os.path.exists(f"{path}.damaged")


def test_a_lost_chunk_is_none_that_is_spared(predicted):
    root = predicted(kept=())
    os.unlink(layout.chunk(root, "predictions", "activations", 1))
    with pytest.raises(InputError, match="chunk is missing"):
        _ = read(root).are_spared
    with pytest.raises(InputError, match="chunk is missing"):
        finish(root, SPEC, 6, SHAPES, {}, {})


def test_other_variables_are_never_spared(predicted):
    root = predicted(kept=())
    path = layout.chunk(root, "predictions", "target", 0)
    assert not chunkfile.is_empty(path, layout.array("predictions", "target", 4, SHAPES, SPEC["settings"]))
