"""How many forward passes an image takes, and which of them another job has made."""

import pytest

from cambench import methods
from cambench.passes import curve_passes, own_passes, passes_of

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
        ("ablationcam", {}, {"channels": 100, "head_alone": False}, 1 + 100),
    ],
)
def test_passes_of_methods(name, settings, network, passes):
    assert passes_of(methods.facts(name), settings, RESNET50 | network) == pytest.approx(passes)


@pytest.mark.parametrize(
    ("passes", "shared", "own"),
    [
        (9, {"kept": False}, 9),
        (9, {"kept": True}, 8),
        (0, {"kept": True}, 0),  # of a method that looks at nothing
        (1, {"kept": True, "attends": True}, 1),
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
