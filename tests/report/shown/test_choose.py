"""The images that the report holds are some of each kind."""

import numpy as np
import polars as pl
import pytest

from cambench.report.shown.choose import chosen


@pytest.fixture
def scores():
    """A thousand images: b is right where a is, but for image 500; the control is always best."""
    a = np.random.default_rng(0).permutation(1000) / 1000
    b = np.where(np.arange(1000) == 500, 1 - a.round(), a)
    tables = [
        pl.DataFrame({"method": name, "image": np.arange(1000), "adcc": values})
        for name, values in (("a", a), ("b", b), ("fake", np.ones(1000)))
    ]
    return pl.concat(tables).sample(fraction=1, shuffle=True, seed=1).lazy()


def test_some_of_each_kind(scores):
    mean = scores.filter(pl.col("method") == "a").sort("image").collect()["adcc"].to_numpy()
    found = chosen(scores, ["a", "b", "fake"], {"fake"}, 10)
    assert len(set(found)) == 10
    assert found == sorted(found)
    assert {int(mean.argmin()), int(mean.argmax()), 500, 0} <= set(found)


def test_the_same_again_and_more_of_them_when_more_are_wanted(scores):
    few, many = (chosen(scores, ["a", "b", "fake"], {"fake"}, count) for count in (20, 200))
    assert few == chosen(scores, ["a", "b", "fake"], {"fake"}, 20)
    assert len(many) == 200
    assert len(set(few) & set(many)) > 15  # what is evenly spaced moves


def test_all_images_where_there_are_no_more(scores):
    few = scores.filter(pl.col("image") < 7)
    assert chosen(few, ["a", "b", "fake"], {"fake"}, 20) == list(range(7))
    assert chosen(few, ["a"], set(), 1) == [int(few.filter(method="a").collect().sort("adcc")["image"][0])]


def test_one_image_without_a_known_value():
    scores = pl.DataFrame({"method": ["a"], "image": [0], "adcc": [None]}, schema_overrides={"adcc": pl.Float64})
    assert chosen(scores.lazy(), ["a"], set(), 5) == [0]
