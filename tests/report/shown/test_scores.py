"""Columns of plain values about some images."""

import json

import frames
import numpy as np
import polars as pl

from cambench.report.shown.scores import columns

METRICS = ("adcc", "coherency")
MANIFEST = pl.DataFrame(
    {
        "image": range(30),
        "path": [f"{n}.png" for n in range(30)],
        "labels": [[n, n + 1] if n else [] for n in range(30)],
    }
)


def test_columns_follow_the_images():
    rows = frames.random(images=30)
    found = columns(rows, [29, 0, 3], ["b", "a"], METRICS, MANIFEST, [None, "x <b>", "y"])
    assert found["images"] == [29, 0, 3]
    assert found["files"] == ["29.png", "0.png", "3.png"]
    assert found["labels"] == [[29, 30], [], [3, 4]]
    assert found["names"] == {}  # of classes 0, 3, 4, 29 and 30, none has a name
    assert list(found["scores"]) == ["b", "a"]
    for method, scores in found["scores"].items():
        table = rows.filter(method=method)
        for name in ("adcc", "coherency"):
            wanted = [table[name][image] for image in (29, 0, 3)]
            np.testing.assert_allclose(scores["values"][name], wanted, rtol=1e-5)
        assert scores["flags"] == {"degenerate": [1], "nonfinite": [0], "ill_conditioned": [2]}
    json.dumps(found, allow_nan=False)


def test_names_of_the_classes_that_are_there():
    found = columns(frames.random(images=30), [1], ["a"], METRICS, MANIFEST, ["tench", "x <b>", None])
    assert (found["labels"], found["target"], found["predicted"]) == ([[1, 2]], [1], [1])
    assert found["names"] == {"1": "x <b>"}


def test_what_is_not_known_is_null():
    rows = frames.unknown(frames.random(images=3), "a", "adcc").with_columns(pl.lit(np.inf).alias("probability"))
    old = MANIFEST.select("image", "path", pl.Series("label", [-1, 4, *range(28)]))
    found = columns(rows, [0, 1], ["a", "b"], METRICS, old, None)
    assert found["labels"] == [[], [4]]
    assert found["probability"] == [None, None]
    assert found["scores"]["a"]["values"]["adcc"] == [None, None]
    assert None not in found["scores"]["b"]["values"]["adcc"]
