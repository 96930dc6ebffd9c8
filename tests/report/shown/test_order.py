"""Orders of images, against what plain Python makes of the same scores."""

import numpy as np
import polars as pl
import pytest

from cambench.errors import InputError
from cambench.report.shown.order import Order, compared, mixed, ordered

ADCC = {"a": [0.5, 0.9, None, 0.1], "b": [0.5, 0.2, None, 0.3], "fake": [0.0, 0.0, 0.9, 0.0]}
DROP = {"a": [0.4, 0.1, 0.2, 0.3], "b": [0.1, 0.2, 0.3, float("nan")], "fake": [0.0] * 4}


@pytest.fixture
def scores():
    """Of four images, which do not stand in their order."""
    rows = [
        {"method": method, "image": image, "adcc": ADCC[method][image], "average_drop": DROP[method][image]}
        for method in ADCC
        for image in (2, 0, 3, 1)
    ]
    return pl.DataFrame(rows).lazy()


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        (Order("image"), [0, 1, 2, 3]),
        (Order("worst"), [3, 0, 1, 2]),  # means 0.5, 0.55, unknown, 0.2
        (Order("best"), [1, 0, 3, 2]),
        (Order("worst", method="b"), [1, 3, 0, 2]),
        (Order("best", method="fake"), [2, 0, 1, 3]),
        (Order("disputed"), [1, 3, 0, 2]),  # 0, 0.7, unknown, 0.2
        (Order("worst", "average_drop"), [3, 0, 2, 1]),  # less is better: 0.25, 0.15, 0.25, 0.3
        (Order("best", "average_drop", "a"), [1, 2, 3, 0]),
        (Order("pair", "average_drop", a="a", b="fake"), [0, 3, 2, 1]),
        (Order("pair", a="a", b="fake"), [1, 0, 3, 2]),
    ],
)
def test_orders(scores, order, expected):
    higher = order.metric == "adcc"
    assert ordered(scores, order, compared(list(ADCC), {"fake"}), higher).tolist() == expected


def test_controls_are_no_party_to_a_dispute(scores):
    assert compared(list(ADCC), {"fake"}) == ["a", "b"]
    assert compared(list(ADCC), {"fake", "a"}) == ["a", "b", "fake"]  # one alone disputes nothing
    assert ordered(scores, Order("disputed"), list(ADCC)).tolist() == [1, 0, 3, 2]


def test_random_is_the_same_again_and_tells_nothing_of_the_number(scores):
    images = np.arange(10_000)
    found = np.argsort(mixed(images))
    assert np.array_equal(np.sort(found), images)
    assert abs(np.corrcoef(images, found)[0, 1]) < 0.03
    assert len(np.unique(np.diff(found))) > 5000  # no arithmetic progression
    assert ordered(scores, Order("random"), ["a"]).tolist() == np.argsort(mixed(np.arange(4))).tolist()


def test_the_mixing_is_murmurhash3():
    """fmix32 of 0 and 1, by arithmetic on Python's integers."""
    number = 1
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        number = ((number ^ number >> shift) * factor) % 2**32
    assert mixed(np.array([0, 1])).tolist() == [0, number ^ number >> 16]


@pytest.mark.parametrize(
    ("order", "said"),
    [
        (Order("prettiest"), "order: 'prettiest' is none of image, worst"),
        (Order(metric="x"), "order: no metric 'x'"),
        (Order(method="x"), "order: no method 'x'; there are a, b"),
        (Order("pair", a="a"), "order: no method None"),
    ],
)
def test_unknown_names_are_refused(order, said):
    with pytest.raises(InputError, match=said):
        order.refuse_unknown(["a", "b"], ["adcc"])
    Order("pair", a="a", b="b").refuse_unknown(["a", "b"], ["adcc"])
