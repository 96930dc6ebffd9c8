"""Stages that a run has only where a metric needs them: settings, sizes, passes."""

from cambench import further
from cambench.store.stages import FURTHER, STAGES

SETTINGS = {
    "curves": {"ties": "reading"},
    "masking": {"order": "scale_then_upsample", "space": "pixels"},
    "road": {"shares": [20, 40], "noise": 0.01},
    "perturbations": {"cells": 4, "subsets": 200, "grid": 9, "share": 0.2},
    "other_class": {"which": "random"},
    "random_weights": {"seed": 0},
    "sensitivity": {"copies": 10, "radius": 0.02, "images": 100},
}


def asking(*metrics):
    return {**SETTINGS, "metrics": list(metrics)}


def test_nothing_is_made_that_no_metric_needs():
    assert further.passes(asking("adcc", "coherency"), 1) == {}
    assert not any(further.is_made(stage, asking("adcc")) for stage in FURTHER)


def test_a_metric_makes_its_stage():
    assert further.passes(asking("adcc", "road"), 7) == {"road": 4}
    assert further.passes(asking("average_drop_in_deletion"), 7) == {"complement": 1}
    assert further.passes(asking("class_sensitivity", "max_sensitivity"), 7) == {"other_class": 7, "sensitivity": 70}


def test_of_perturbations_only_those_are_made_that_a_metric_needs():
    assert further.passes(asking("single_deletion"), 7) == {"perturbations": 17}
    assert further.passes(asking("mu_fidelity"), 7) == {"perturbations": 200}
    assert further.passes(asking("single_deletion", "mu_fidelity"), 7) == {"perturbations": 217}
    assert further.lengths(asking("single_deletion"))["subset"] == 0


def test_of_perturbations_no_setting_counts_that_nothing_takes():
    """So a grid of subsets that no metric asks for makes no cells again."""
    other = {"perturbations": {"cells": 4, "subsets": 7, "grid": 5, "share": 0.5}}
    alone = further.settings("perturbations", asking("single_deletion"))
    assert further.settings("perturbations", asking("single_deletion") | other) == alone
    assert further.settings("perturbations", asking("mu_fidelity"))["cells"] == 0
    both = asking("single_deletion", "mu_fidelity")
    assert further.settings("perturbations", both) == SETTINGS["perturbations"]


def test_a_stage_has_the_lengths_of_its_own_arrays():
    config = asking("single_deletion", "mu_fidelity", "road")
    found = {stage: further.lengths_of([stage], config) for stage in STAGES}
    assert {stage: lengths for stage, lengths in found.items() if lengths} == {
        "road": {"share": 2},
        "perturbations": {"cell": 16, "subset": 200, "place": 81},
        "sensitivity": {"copy": 10},
    }


def test_settings_name_all_that_decides_a_number():
    assert further.settings("road", asking("road")) == {
        **SETTINGS["road"],
        **{"ties": "reading", "order": "scale_then_upsample"},
    }
    assert further.settings("complement", asking()) == {"order": "scale_then_upsample", "space": "pixels"}
    assert further.settings("random_weights", asking()) == {"seed": 0}


def test_needs_of_some_metrics_in_some_stages():
    assert further.needed_of(["road", "adcc"], ["road", "curves"]) == ["road.lerf", "road.morf"]
    assert further.needed_of(["adcc"], FURTHER) == []
