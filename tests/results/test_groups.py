"""Letters of groups, against what they mean."""

from itertools import combinations

import numpy as np
import pytest

from cambench.results.groups import letters


@pytest.mark.parametrize("seed", range(20))
def test_methods_share_a_letter_if_and_only_if_they_do_not_differ(seed):
    rng = np.random.default_rng(seed)
    names = [f"m{number}" for number in range(rng.integers(1, 9))]
    differing = [pair for pair in combinations(names, 2) if rng.random() < 0.5]
    found = letters(names, differing)
    assert list(found) == names
    for pair in combinations(names, 2):
        assert bool(set(found[pair[0]]) & set(found[pair[1]])) == (pair not in differing)


def test_the_best_has_the_first_letter():
    assert letters(["x", "y", "z"], []) == {"x": "a", "y": "a", "z": "a"}
    assert letters(["x", "y", "z"], [("y", "x"), ("z", "x"), ("y", "z")]) == {"x": "a", "y": "b", "z": "c"}
    assert letters([], []) == {}


def test_there_are_more_groups_than_letters():
    names = [f"m{number}" for number in range(30)]
    found = letters(names, combinations(names, 2))
    assert found["m25"] == "z"
    assert found["m26"] == "a1"
    assert len(set(found.values())) == 30
