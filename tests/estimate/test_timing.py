"""Calibration makes the passes that a run makes, and counts the time of those that it leaves out."""

import dataclasses

import numpy as np
import pytest
from conftest import COMPUTE, small

from cambench.estimate import counted, timing
from cambench.estimate.counted import Asked
from cambench.estimate.speeds import Speed
from cambench.estimate.timing import Timed, measure
from cambench.masks import Masking
from cambench.networks.describe import describe
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import curves
from cambench.stages.curves import CurveSettings

MASKING = {"order": "scale_then_upsample", "space": "normalised"}
METHODS = {
    "sc": {"cam": "scorecam", "settings": {}},
    "gc": {"cam": "gradcam", "settings": {}},
    "fake": {"cam": "fakecam", "settings": {}},
    "mine": {"cam": "file", "settings": {"path": "maps.npy"}},
}


def steps(pixels):
    return CurveSettings(pixels, {"start": "image", "end": "zero"}, {"start": "blur", "end": "image"}, "random")


CURVES = {
    "pixels_per_step": 256,
    "points": "all",
    "deletion": {"start": "image", "end": "zero"},
    "insertion": {"start": "blur", "end": "image"},
}


@pytest.fixture(scope="module")
def known():
    return describe("tiny", small(), COMPUTE, count=True)


def asked(share=0.0, scored=(), curves=CURVES):
    return Asked(METHODS, scored, curves, share)


def test_calibration_counts_the_passes_that_a_run_makes(known):
    found = measure("tiny", small(), Timed(asked(), COMPUTE, MASKING, steps(256), 1), known)
    assert (found.map, found.input, found.channels) == ((8, 8), (32, 32), 4)
    assert found.device.startswith("cpu: ")
    assert found.predictions.passes == found.methods["gc"]["saliency"].passes == 1
    assert found.methods["sc"]["saliency"].passes == 5
    assert found.methods["fake"]["saliency"].passes == 0
    assert found.methods["fake"]["masked"].passes == 1
    assert found.curves.passes == 2 * 4 - 1
    assert min(found.curves.seconds, found.methods["gc"]["masked"].seconds, found.open) > 0
    assert found.methods["mine"] == {"saliency": (0, 0), "masked": found.predictions}  # no file is read


def test_without_curves_none_are_timed(known):
    asking = dataclasses.replace(asked(curves=None), methods={})
    assert measure("tiny", small(), Timed(asking, COMPUTE, MASKING, None, 1), known).curves is None


@pytest.mark.parametrize(("share", "scored"), [(0.0, ()), (0.5, ()), (0.0, ("sc",)), (0.5, ("sc",))])
def test_passes_are_counted_without_running_the_network_as_they_are_by_running_it(known, share, scored):
    """On noise all four channels of the network differ, so Score-CAM forwards each."""
    asking = asked(share, scored)
    ran = measure("tiny", small(), Timed(asking, COMPUTE, MASKING, steps(256), 1), known)
    told = counted.timing(known, asking, Speed(50, "said"), opening=2)
    for name in ("images", "map", "input", "channels", "keeps"):
        assert getattr(told, name) == getattr(ran, name), name
    pairs = [(told.predictions, ran.predictions), (told.curves, ran.curves)]
    pairs += [
        (told.methods[label][stage], ran.methods[label][stage]) for label in METHODS for stage in ran.methods["gc"]
    ]
    pairs += [(told.scores, ran.scores)] if scored else []
    assert [one.passes for one, _ in pairs] == [other.passes for _, other in pairs]
    assert all(one.seconds == one.passes / 50 for one, _ in pairs)
    assert (told.open, told.device, told.counted, ran.counted) == (2, "said", True, False)
    assert (told.scores is None, ran.scores is None) == (not scored, not scored)


ALL = ("average_drop_in_deletion", "road", "single_deletion", "class_sensitivity", "efficient_mprt", "max_sensitivity")


@pytest.mark.parametrize(("share", "scored"), [(0.0, ()), (0.5, ("sc",))])
def test_stages_that_a_metric_asks_for(known, share, scored):
    """A method that does not look at the image takes no pass again, and what `predictions` keeps serves any class."""
    further = {"road": {"shares": [20, 40]}, "perturbations": {"cells": 4, "subsets": 200, "grid": 9, "share": 0.2}}
    further |= {"curves": {**CURVES, "ties": "random"}, "masking": MASKING, "sensitivity": {"copies": 3}}
    config = {**further, "other_class": {}, "random_weights": {}, "metrics": list(ALL)}
    asking = dataclasses.replace(asked(share, scored, None), config=config)
    told = counted.timing(known, asking, Speed(50, "said"), opening=2)
    assert told.further == {"perturbations": (17 / 50, 17)}
    found = {label: {stage: cost.passes for stage, cost in costs.items()} for label, costs in told.methods.items()}
    shared = {"masked": 1, "complement": 1, "road": 4}
    again = {"random_weights": 1, "sensitivity": 3, "masked": 1, "saliency": not share, "other_class": not share}
    assert found["gc"] == shared | again
    assert found["fake"] == shared | {"saliency": 0, "other_class": 0, "random_weights": 0, "sensitivity": 0}
    assert found["mine"] == shared | {"saliency": 0}
    assert {stage: found["sc"][stage] for stage in ("other_class", "random_weights", "sensitivity")} == {
        "other_class": 5,
        "random_weights": 5,
        "sensitivity": 15,
    }
    assert all(cost.seconds == pytest.approx(cost.passes / 50) for of in told.methods.values() for cost in of.values())


def test_long_lists_are_cut_and_their_time_is_counted(monkeypatch):
    """255 inputs in batches of 8: two batches are forwarded, and 32 are counted."""
    probe = open_probe("tiny", small(), COMPUTE, batches=timing._Sampled)
    forwarded = []
    probe.network.stem.register_forward_hook(lambda module, args, output: forwarded.append(len(output)))
    shard = Shard(np.zeros((1, 32, 32, 3), np.uint8), np.zeros(1, np.int64))
    raw, probability = np.random.default_rng(0).random((1, 8, 8)).astype(np.float32), np.zeros(1, np.float32)
    clock = iter(np.arange(0, 100, 1.0))
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    cost = timing._timed(
        probe, 1, lambda: curves.draw(probe, shard, raw, probability, Masking(), steps(8), COMPUTE["batch"])
    )
    assert cost.passes == 2 * 128 - 1
    assert forwarded == [1, 8, 8] * 2
    # A second on the clock for the two batches, and for the other 255 - 16 inputs at their speed; three for it all.
    assert cost.seconds == pytest.approx(3 + 255 / 16 - 1)
