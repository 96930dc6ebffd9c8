"""Labels of images, some of which have several, as rows of an array."""

import numpy as np
import polars as pl

from cambench.images.labels import known
from cambench.store import tables


def test_one_label_each():
    assert known(np.array([3, -1]), None, (4, 6)).tolist() == [[3], [-1]]


def test_several_labels(tmp_path):
    lists = pl.Series("labels", [[9], [3, 17, 20], [], [1]], pl.List(pl.Int64))
    tables.write(tmp_path / "manifest.parquet", lists.to_frame())
    found = known(np.array([-1, -1, 1]), tmp_path / "manifest.parquet", (1, 4))
    assert found.tolist() == [[3, 17, 20], [-1, -1, -1], [1, -1, -1]]
    assert known(np.array([-1]), tmp_path / "manifest.parquet", (2, 3)).tolist() == [[-1]]
