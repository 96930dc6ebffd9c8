"""Calibration makes the passes that a run makes, and counts the time of those that it leaves out."""

import numpy as np
import pytest
from conftest import COMPUTE, small

from cambench.estimate import timing
from cambench.estimate.timing import Timed, measure
from cambench.masks import Masking
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


def test_calibration_counts_the_passes_that_a_run_makes():
    found = measure("tiny", small(), Timed(COMPUTE, MASKING, steps(256), METHODS, 1))
    assert (found.map, found.input) == ((8, 8), (32, 32))
    assert found.device.startswith("cpu: ")
    assert found.predictions.passes == found.methods["gc"]["saliency"].passes == 1
    assert found.methods["sc"]["saliency"].passes == 5
    assert found.methods["fake"]["saliency"].passes == 0
    assert found.methods["fake"]["masked"].passes == 1
    assert found.curves.passes == 2 * 4 - 1
    assert min(found.curves.seconds, found.methods["gc"]["masked"].seconds, found.open) > 0
    assert found.methods["mine"] == {"saliency": (0, 0), "masked": found.predictions}  # no file is read


def test_without_curves_none_are_timed():
    assert measure("tiny", small(), Timed(COMPUTE, MASKING, None, {}, 1)).curves is None


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
