"""How many forward passes an image takes, and which of them another job has made."""

import pytest

from cambench import methods
from cambench.passes import curve_passes, own_passes, passes_of, work_of

RESNET50 = {"channels": 2048, "map": [7, 7], "input": [224, 224], "head_alone": True}


@pytest.mark.parametrize(
    ("name", "settings", "network", "passes"),
    [
        ("gradcam", {}, {}, 1),
        ("smoothgradcampp", {}, {}, 1 + 8),
        ("smoothgradcampp", {"samples": 4}, {}, 1 + 4),
        ("scorecam", {}, {}, 1 + 2048),
        ("reciprocam", {}, {}, 1 + 49 * 0.05),
        ("reciprocam", {}, {"head_alone": False}, 1 + 49),
        ("sscam", {}, {"channels": 100}, 1 + 100 * 35),
        ("iscam", {"samples": 2}, {"channels": 100}, 1 + 100 * 2),
        ("rise", {}, {}, 1 + 4000),
        ("groupcam", {"groups": 8}, {}, 1 + 8),
        ("integratedgradcam", {}, {}, 1 + 50),
        ("cameras", {}, {}, 1 + 8),
        ("ablationcam", {}, {"channels": 100, "head_alone": False}, 1 + 100),
        ("integratedgradients", {"steps": 20}, {}, 1 + 20),
        ("smoothgrad", {}, {}, 1 + 50),
        ("opticam", {}, {}, 1 + 50),
        ("polycam", {}, {"levels": 3904}, 1 + 2 * 3904),
        ("polycam", {}, {}, 1 + 2 * 2048),
        ("gradcam", {"flips": True, "noise": 0.1, "copies": 3}, {}, 6),
    ],
)
def test_passes_of_methods(name, settings, network, passes):
    assert passes_of(methods.facts(name), settings, RESNET50 | network) == pytest.approx(passes)


@pytest.mark.parametrize(
    ("name", "factor"), [("gradcam", 1), ("gradient", 2), ("opticam", 2), ("fullgrad", 2), ("cameras", 7.6)]
)
def test_a_backward_pass_through_the_whole_network_is_work_and_so_are_larger_images(name, factor):
    facts = methods.facts(name)
    assert work_of(facts, {}, RESNET50) == factor * passes_of(facts, {}, RESNET50)


@pytest.mark.parametrize("name", ["gradient", "integratedgradients", "fullgrad", "polycam", "chefer", "legrad"])
def test_methods_that_ask_nothing_of_the_target_layer_repeat_its_pass(name):
    assert methods.facts(name).repeats


@pytest.mark.parametrize("name", ["gradcam", "opticam", "shapleycam", "scorecam", "reciprocam", "finercam"])
def test_for_others_the_clean_pass_is_shared(name):
    assert not methods.facts(name).repeats


@pytest.mark.parametrize(
    ("passes", "shared", "own"),
    [
        (9, {"kept": False}, 9),
        (9, {"kept": True}, 8),
        (0, {"kept": True}, 0),  # of a method that looks at nothing
        (1, {"kept": True, "repeats": True}, 1),
        (2049, {"kept": False, "scored": True}, 1),
        (2049, {"kept": True, "scored": True}, 0),
    ],
)
def test_passes_that_are_left(passes, shared, own):
    assert own_passes(passes, **shared) == own


@pytest.mark.parametrize("points", ["all", 2])
@pytest.mark.parametrize(("end", "forwarded"), [("image", 0), ("zero", 0), ("black", 0), ("blur", 1), ("mean", 1)])
def test_ends_of_curves_that_are_forwarded(points, end, forwarded):
    curves = {
        **{"pixels_per_step": 224, "points": points},
        **{"deletion": {"start": "image", "end": end}, "insertion": {"start": "blur", "end": "image"}},
    }
    inner = 223 if points == "all" else 2
    assert curve_passes(RESNET50, curves) == 2 * inner + 1 + forwarded
