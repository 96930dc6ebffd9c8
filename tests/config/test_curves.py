"""How many points curves can have is said before any work."""

import copy

import pytest

from cambench.config import curves
from cambench.config.read import resolve


@pytest.mark.parametrize(
    ("points", "line"),
    [
        (0, "config: curves.points: 0 is less than the minimum of 1"),
        (-1, "config: curves.points: -1 is less than the minimum of 1"),
        ("some", "config: curves.points: 'some' is not one of ['all']"),
        (2.5, "config: curves.points: 2.5 is not one of ['all']"),
        (True, "config: curves.points: True is not one of ['all']"),
        ([8], "config: curves.points: [8] is not one of ['all']"),
        (5, "config: curves.points: 5, but tiny has 4 inner steps of 224 pixels"),
        (300, "config: curves.points: 300, but tiny has 4 inner steps of 224 pixels"),
    ],
)
def test_one_line_each(good, points, line):
    assert resolve({**good, "curves": {"points": points}}, [])[1] == [line]


@pytest.mark.parametrize("points", ["all", None, 1, 4])
def test_what_can_be_drawn(good, points):
    """Of 32 x 32 pixels, steps of 224 are five; the last is a short one."""
    full, errors = resolve({**good, "curves": {"points": points}}, [])
    assert errors == []
    assert full["curves"]["points"] == (points or "all")


def test_the_network_with_the_fewest_steps_is_named(good):
    good["networks"]["flat"] = copy.deepcopy(good["networks"]["tiny"])
    good["networks"]["flat"]["preprocessing"]["crop"] = [16, 32]
    good["curves"] = {"points": 5, "pixels_per_step": 100}
    assert resolve(good, [])[1] == []
    good["curves"]["points"] = 7
    assert resolve(good, [])[1] == ["config: curves.points: 7, but flat has 5 inner steps of 100 pixels"]


def test_one_step_leaves_nothing_to_draw(good):
    good["curves"] = {"points": 1, "pixels_per_step": 2000}
    assert resolve(good, [])[1] == ["config: curves.points: 1, but tiny has 0 inner steps of 2000 pixels"]
    good["curves"]["enabled"] = False
    assert resolve(good, [])[1] == []


def test_sizes_that_are_a_networks_own_are_waited_for(good):
    own = {"networks": {"net": {"preprocessing": {"base": "own"}}}, "curves": {"enabled": True, "points": 8}}
    own["curves"]["pixels_per_step"] = 224
    assert list(curves.problems(own)) == []
    own["networks"]["net"]["preprocessing"] = {"resize": 40, "crop": [32, 40]}
    assert list(curves.problems(own)) == ["config: curves.points: 8, but net has 5 inner steps of 224 pixels"]
