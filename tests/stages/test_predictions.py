"""The explained class and its probability, on the demo's trained network and on a small one."""

import numpy as np
import pytest
import torch
from torch import nn

from cambench.errors import InputError
from cambench.networks.batches import gathered
from cambench.networks.probe import Probe
from cambench.stages.predictions import predict

PIXELS = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)


def test_the_demo_network_gets_17_of_20(demo_probe, photographs):
    pixels, labels = photographs["pixels"], photographs["label"]
    found = gathered(predict(demo_probe, pixels, labels, "predicted", 8))
    assert (found["predicted"] == labels).sum() == 17
    np.testing.assert_array_equal(found["target"], found["predicted"])
    by_label = gathered(predict(demo_probe, pixels, labels, "label", 8))
    np.testing.assert_array_equal(by_label["target"], labels)
    np.testing.assert_allclose(by_label["probability"], found["label_probability"], atol=1e-6)


@pytest.mark.parametrize("target", ["predicted", "label"])
def test_probabilities_near_1_are_told_apart(tiny, target):
    """Logits of 0 and 20: 1 - p is 4 exp(-20) = 8e-9, which float32 rounds to 0."""
    network = Certain(tiny.network)
    probe = Probe(network, "tiny.relu", tiny.preprocessing)
    found = gathered(predict(probe, PIXELS, np.full(5, 3), target, 2))
    for name in ("probability", "label_probability"):
        assert found[name].dtype == np.float64
        np.testing.assert_allclose(1 - found[name], 4 * np.exp(-20) / (1 + 4 * np.exp(-20)), rtol=1e-6)


def test_logits_that_are_not_finite_have_no_probability(tiny):
    network = Certain(tiny.network)
    probe = Probe(network, "tiny.relu", tiny.preprocessing)
    network.logit = torch.nan  # on some image, not on the noise on which networks are tried
    found = gathered(predict(probe, PIXELS, np.full(5, 3), "predicted", 2))
    assert np.isnan(found["probability"]).all()
    assert ((found["target"] >= 0) & (found["target"] < 5)).all()


class Certain(nn.Module):
    """Is sure of class 3, whatever it sees."""

    def __init__(self, tiny, logit=20.0):
        super().__init__()
        self.tiny, self.logit = tiny, logit

    def forward(self, x):
        logits = self.tiny(x) * 0
        logits[:, 3] = self.logit
        return logits


def test_an_unknown_label_has_no_probability(tiny):
    labels = np.array([0, -1, 2, -1, 4])
    found = gathered(predict(tiny, PIXELS, labels, "predicted", 2))
    assert np.isnan(found["label_probability"]).tolist() == [False, True, False, True, False]
    assert np.isfinite(found["probability"]).all()
    with pytest.raises(InputError, match=r"^target: label: 2 images have no label$"):
        gathered(predict(tiny, PIXELS, labels, "label", 2))


def test_a_label_beyond_the_classes_is_refused(tiny):
    with pytest.raises(InputError, match=r"^label 5 does not fit a network of 5 classes$"):
        gathered(predict(tiny, PIXELS, np.arange(1, 6), "predicted", 2))
