"""Grids that are finer than the pixels are refused before any work."""

import copy

import pytest

from cambench.config import perturbations
from cambench.config.read import resolve


@pytest.mark.parametrize(
    ("block", "line"),
    [
        ({"cells": 33}, "config: perturbations.cells: 33, but inputs of tiny have 32 pixels along a side"),
        ({"grid": 40}, "config: perturbations.grid: 40, but inputs of tiny have 32 pixels along a side"),
        ({"cells": 1}, "config: perturbations.cells: 1 is less than the minimum of 2"),
        ({"share": 1}, "config: perturbations.share: 1 is greater than or equal to the maximum of 1"),
    ],
)
def test_one_line_each(good, block, line):
    chosen = {"metrics": ["single_deletion", "mu_fidelity"], "perturbations": block}
    assert resolve({**good, **chosen}, [])[1] == [line]


@pytest.mark.parametrize(
    ("chosen", "block"),
    [(["single_deletion"], {"grid": 40}), (["mu_fidelity"], {"cells": 40}), (["entropy"], {"cells": 40, "grid": 40})],
)
def test_a_grid_that_nobody_asks_for_may_be_anything(good, chosen, block):
    assert resolve({**good, "metrics": chosen, "perturbations": block}, [])[1] == []


def test_the_network_with_the_smallest_input_is_named(good):
    good["networks"]["flat"] = copy.deepcopy(good["networks"]["tiny"])
    good["networks"]["flat"]["preprocessing"]["crop"] = [8, 32]
    good["metrics"] = ["mu_fidelity"]
    line = "config: perturbations.grid: 9, but inputs of flat have 8 pixels along a side"
    assert resolve(good, [])[1] == [line]


def test_sizes_that_are_a_networks_own_are_waited_for(good):
    full = resolve({**good, "metrics": ["mu_fidelity"]}, [])[0]
    full["networks"]["tiny"]["preprocessing"] = {"base": "own"}
    assert list(perturbations.problems(full)) == []


def test_a_metric_that_there_is_not_is_said_once(good):
    (line,) = resolve({**good, "metrics": ["mu_fidelit"]}, [])[1]
    assert line.startswith("config: metrics: no metric 'mu_fidelit'")
