"""The explained class and its probability, on the demo's trained network and on a small one."""

import numpy as np
import pytest

from cambench.errors import InputError
from cambench.networks.batches import gathered
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
