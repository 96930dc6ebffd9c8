"""What YAML can say and JSON cannot ends in one line per error."""

import copy
import datetime
import math

import pytest

from cambench.config import plain
from cambench.config.read import resolve

DEEP = "deep"
for _ in range(plain.DEEPEST):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (datetime.date(2020, 1, 2), "2020-01-02 is a date; put it in quotes, for text"),
        (datetime.datetime(2020, 1, 2, 3), "2020-01-02 03:00:00 is a date; put it in quotes, for text"),
        (math.nan, "nan is not a finite number"),
        (-math.inf, "-inf is not a finite number"),
        (2**63, "a whole number of more than 64 bits"),
        pytest.param(10**5000, "a whole number of more than 64 bits", id="huge"),
        (b"hi", "a value of type bytes, which is neither text nor a number, a list or a mapping"),
        ({"a"}, "a value of type set, which is neither text nor a number, a list or a mapping"),
        ((1, 2), "a value of type tuple, which is neither text nor a number, a list or a mapping"),
        ("\ud800", r"'\ud800' has half a character (a surrogate)"),
        ("a\0", r"'a\x00' has a zero byte"),
    ],
)
def test_values(changed, value, line):
    assert list(plain.problems({"a": {"b": [1, value]}})) == [f"config: a.b.1: {line}"]
    bad = changed("networks.tiny.arguments", {"k": {"of": value}})
    assert resolve(bad, [])[1] == [f"config: networks.tiny.arguments.k.of: {line}"]


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (1, "key 1 is not text; put it in quotes"),
        (False, "key False is not text; put it in quotes (in YAML, no, off, on and yes are false and true)"),
        (None, "key None is not text; put it in quotes"),
        pytest.param(10**5000, "key (int) is not text; put it in quotes", id="huge"),
        ("a\0", r"key 'a\x00' has a zero byte"),
    ],
)
@pytest.mark.parametrize("place", ["methods", "networks", "networks.tiny.arguments"])
def test_keys(changed, place, key, line):
    assert resolve(changed(place, {key: {"cam": "gradcam"}}), [])[1] == [f"config: {place}: {line}"]


def test_depth():
    line = f"config: {'.'.join('a' + '0' * (plain.DEEPEST - 1))}: nested more than {plain.DEEPEST} deep"
    assert list(plain.problems({"a": DEEP[0]})) == []
    assert list(plain.problems({"a": DEEP})) == [line]


def test_a_configuration_that_holds_itself():
    config = {}
    config["a"] = config
    assert [line.endswith("deep") for line in plain.problems(config)] == [True]


def test_a_configuration_that_is_larger_than_its_file():
    anchored = "x"
    for _ in range(8):
        anchored = [anchored] * 10
    assert list(plain.problems({"a": anchored})) == ["config: more than 100,000 values"]


def test_what_json_has_is_plain(good):
    full = {**good, "x": [None, True, 0, -(2**63), 2**63 - 1, 1e308, "", "a\nb", {}, [], {"k": [{}]}]}
    before = copy.deepcopy(full)
    assert list(plain.problems(full)) == []
    assert full == before
