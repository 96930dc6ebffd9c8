"""Small stores of chunk files."""

from pathlib import Path

import numpy as np
import pytest

from cambench.store import chunkfile, layout
from cambench.store.layout import Shapes
from cambench.store.writer import writing


class Stored:
    """A store of one variable's `values`, in chunk files of `size` rows."""

    def __init__(self, root, stage, variable, values, size, shapes):
        self.root, self.values = str(root), values
        self.stage, self.variable, self.size, self.shapes = stage, variable, size, shapes
        self.spec = layout.array(stage, variable, size, shapes)

    def path(self, shard):
        return Path(layout.chunk(self.root, self.stage, self.variable, shard))

    def fill(self, others, step=None):
        """Write every shard, with `others(rows)` of the other variables, `step` rows at a time."""
        for shard in range(layout.shard_count(len(self.values), self.size)):
            start, stop = layout.shard_rows(shard, self.size, len(self.values))
            arrays = {self.variable: self.values[start:stop], **others(np.arange(start, stop))}
            write(layout.chunks(self.root, self.stage, shard), self.stage, arrays, self.size, step)
        return self


def write(paths, stage, arrays, size, step=None):
    """Write one shard, `step` rows at a time."""
    rows = len(next(iter(arrays.values())))
    with writing(paths, stage, size) as put:
        for start in range(0, rows, step or rows):
            put({name: array[start : start + (step or rows)] for name, array in arrays.items()})


@pytest.fixture
def maps(tmp_path):
    """Seven maps of 3 x 4 in chunk files of three rows."""
    values = np.random.default_rng(0).normal(size=(7, 3, 4)).astype(np.float32)
    stored = Stored(tmp_path / "saliency/tiny/a.zarr", "saliency", "raw", values, 3, Shapes((30, 40), (3, 4)))
    return stored.fill(lambda rows: {"passes": rows, "condition": rows * 0})


@pytest.fixture
def pictures(tmp_path, monkeypatch):
    """Three hundred small pictures in chunk files of 128, whose parts are 64."""
    monkeypatch.setattr(chunkfile, "_PART", 64 * 4 * 4 * 3)
    values = np.random.default_rng(0).integers(0, 255, (300, 4, 4, 3), np.uint8)
    stored = Stored(tmp_path / "images/small.zarr", "images", "pixels", values, 128, Shapes((4, 4)))
    return stored.fill(lambda rows: {"label": rows * 0, "seed": rows * 0}, step=50)


@pytest.fixture
def write_shard():
    """Writes one shard of a stage: `write_shard(paths, stage, arrays, size, step)`."""
    return write
