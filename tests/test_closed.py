"""The closed form that simulations rest on is what the stages compute."""

import closed
import numpy as np
import pytest
from conftest import COMPUTE, settings

from cambench import methods
from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import masked, metrics, predictions, saliency
from cambench.stages.metrics import Explained


@pytest.fixture(scope="module")
def images():
    return closed.draw(closed.labels(20, 3), seed=1)


@pytest.fixture(scope="module")
def opened():
    return open_probe("closed", settings(factory="closed:Closed", preprocessing=closed.PREPROCESSING), COMPUTE)


@pytest.mark.parametrize("name", closed.METHODS)
def test_closed_form(opened, images, name):
    pixels = images.repeat(4, 1).repeat(4, 2)[..., None].repeat(3, 3)
    seen = gathered(predictions.predict(opened, pixels, np.zeros(len(images), np.int64), "predicted", 8))
    assert not seen["target"].any()
    facts, method = methods.facts(name), bind(name, {}, 8)
    shape = opened.input_shape if facts.resolution == "input" else opened.map_shape
    shard = Shard(pixels, seen["target"], np.zeros(len(images), np.int64))
    clean = gathered(saliency.explain(opened, method, shard, shape))
    again = gathered(masked.explain_masked(opened, method, shard, clean["raw"], Masking(facts.relu)))
    p, q = seen["probability"], again["probability"]
    found = metrics.measure(Explained(p, q, clean["raw"], again["raw"], opened.input_shape, Masking(facts.relu)))
    assert not found["degenerate"].any()
    for metric, expected in closed.metrics(images, name).items():
        np.testing.assert_allclose(found[metric], expected, rtol=0, atol=2e-6, err_msg=metric)
