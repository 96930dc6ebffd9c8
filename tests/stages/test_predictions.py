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
    """Is sure of class 3, next to whatever it sees."""

    def __init__(self, tiny, logit=20.0):
        super().__init__()
        self.tiny, self.logit, self.other = tiny, logit, None

    def forward(self, x):
        logits = self.tiny(x) * 1e-9
        logits[:, 3] = self.logit
        if self.other is not None:
            logits[:, 4] = self.other
        return logits


def test_an_unknown_label_has_no_probability(tiny):
    labels = np.array([0, -1, 2, -1, 4])
    found = gathered(predict(tiny, PIXELS, labels, "predicted", 2))
    assert np.isnan(found["label_probability"]).tolist() == [False, True, False, True, False]
    assert np.isfinite(found["probability"]).all()
    with pytest.raises(InputError, match=r"^target: label: 2 images have no label$"):
        gathered(predict(tiny, PIXELS, labels, "label", 2))


@pytest.fixture
def multi(tiny):
    """Network `Tiny`, whose classes do not exclude each other."""
    return Probe(tiny.network, "relu", tiny.preprocessing, score="sigmoid")


def test_sigmoid_gives_each_class_its_own_probability(tiny, multi):
    labels = np.array([0, 1, 2, 3, 4])
    with torch.no_grad():
        logits = tiny.network(tiny.prepare(PIXELS)).double().numpy()
    found, p = gathered(predict(multi, PIXELS, labels, "label", 2)), 1 / (1 + np.exp(-logits))
    np.testing.assert_allclose(found["probability"], p[labels, labels], rtol=1e-6)
    np.testing.assert_array_equal(found["predicted"], logits.argmax(1))


def test_a_sure_network_predicts_the_largest_logit(tiny):
    """Logits of 60 and 50, of which float64 makes 1 and 1."""
    network = Certain(tiny.network, 50.0)
    probe = Probe(network, "tiny.relu", tiny.preprocessing, score="sigmoid")
    network.other = 60.0
    found = gathered(predict(probe, PIXELS, np.full(5, 3), "predicted", 2))
    assert (found["predicted"] == 4).all()
    assert (found["probability"] == 1).all()
    assert (found["correct"] == 0).all()


def test_the_class_may_be_one_of_several_labels(tiny, multi):
    predicted = gathered(predict(multi, PIXELS, np.zeros(5, np.int64), "predicted", 2))["predicted"]
    others = (predicted[:, None] + [1, 2]) % 5
    labels = np.stack([others[:, 0], predicted, others[:, 1]], 1)
    labels[1, 1] = -1  # of two labels, neither is the predicted class
    labels[2] = [-1, -1, -1]
    labels[3] = [predicted[3], -1, -1]
    found = gathered(predict(multi, PIXELS, labels, "predicted", 2))
    assert found["correct"].tolist() == [1, 0, -1, 1, 1]
    with torch.no_grad():
        p = torch.sigmoid(tiny.network(tiny.prepare(PIXELS)).double()).numpy()
    expected = [p[0, labels[0]].max(), p[1, others[1]].max(), np.nan, p[3, predicted[3]], p[4, labels[4]].max()]
    np.testing.assert_allclose(found["label_probability"], expected, rtol=1e-6)
    assert found["correct"].dtype == np.int64


def test_one_of_several_labels_is_not_explained_at_random(multi):
    with pytest.raises(InputError, match=r"^target: label: 5 images have several labels$"):
        gathered(predict(multi, PIXELS, np.ones((5, 2), np.int64), "label", 2))


def test_a_label_beyond_the_classes_is_refused(tiny):
    with pytest.raises(InputError, match=r"^label 5 does not fit a network of 5 classes$"):
        gathered(predict(tiny, PIXELS, np.arange(1, 6), "predicted", 2))
