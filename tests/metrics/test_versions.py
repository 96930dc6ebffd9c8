"""Numbers do not change without the version: see tests/versions.py for what to do where they are meant to."""

import dataclasses

import numpy as np
import pytest
import versions

from cambench import metrics


@pytest.mark.parametrize("name", metrics.names())
def test_the_numbers_of_a_version_stay(name):
    assert versions.refusal("metrics", name) is None


def test_there_are_golden_numbers_of_nothing_else():
    for kind in versions.KINDS:
        assert set(versions.golden(kind)) <= set(versions.known(kind))


def test_a_change_without_a_new_version_is_found(monkeypatch):
    changed = "average_gain: its numbers changed, so raise its version, then run python tests/versions.py"
    monkeypatch.setattr("cambench.metrics.average_gain.measure", lambda seen: seen.probability)
    assert versions.refusal("metrics", "average_gain") == changed
    with pytest.raises(SystemExit, match="average_gain: its numbers changed"):
        versions.renewed("metrics")


def test_a_new_version_asks_for_new_numbers(monkeypatch):
    facts = metrics.facts("average_gain")
    raised = dataclasses.replace(facts, column=dataclasses.replace(facts.column, version=7))
    monkeypatch.setattr(metrics, "facts", lambda name: raised)
    assert versions.refusal("metrics", "average_gain").startswith("average_gain has version 7, its golden numbers 1")


def test_a_name_without_numbers_asks_for_them(monkeypatch):
    monkeypatch.setattr(versions, "golden", lambda kind: {})
    missing = "average_gain has no golden numbers yet: run python tests/versions.py"
    assert versions.refusal("metrics", "average_gain") == missing
    table = versions.renewed("metrics")
    assert table["name"].to_list() == metrics.names()
    found = np.array(table.filter(name="average_gain")["numbers"][0].split(), float)
    np.testing.assert_allclose(found, versions.numbers("metrics", "average_gain"), rtol=1e-6)
