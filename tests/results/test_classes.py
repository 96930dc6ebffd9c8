"""What was predicted, class by class."""

import frames
import numpy as np
import polars as pl

from cambench.results.classes import by_class


def test_classes_with_their_names():
    """Two methods explain the same six images; what they score does not count, nor how many methods there are."""
    shared = {"network": "net", "image": range(6), "target": [2, 0, 2, 2, 5, 0], "correct": [1, 0, 0, -1, -1, 1]}
    p = [0.5, 0.25, 0.75, 0.5, 1.0, np.nan]
    frame = pl.concat([pl.DataFrame({**shared, "method": method, "probability": p}) for method in "ab"])
    found = by_class(frame, ["net"], {"net": ["tench", None, "zebra"]})
    assert found.columns == ["network", "class", "name", "images", "top1", "probability"]
    assert found.rows() == [
        ("net", 0, "tench", 2, 0.0, 0.25),  # of the second image there is no probability, and so no prediction
        ("net", 2, "zebra", 3, 0.5, 1.75 / 3),
        ("net", 5, None, 1, None, 1.0),
    ]


def test_networks_keep_their_order_and_need_no_names():
    both = pl.concat([frames.random(images=3), frames.random(images=2, network="other")])
    found = by_class(both.lazy(), ["other", "net"], {"net": None, "other": ["a", "b"]})
    assert found.select("network", "class", "name").rows() == [
        *[("other", 0, "a"), ("other", 1, "b")],
        *[("net", number, None) for number in range(3)],
    ]
