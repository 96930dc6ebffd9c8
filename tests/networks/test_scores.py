"""Probabilities in float64, wherever the logits are."""

import numpy as np
import pytest
import torch

from cambench.networks.scores import as_they_are, home, probabilities, probability_of


def test_softmax_of_float32_logits_to_the_digits_of_float64():
    logits = torch.tensor([[0.0, 17, 1], [30, 0, 0]])
    e = np.exp(logits.double().numpy())
    expected = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities(logits, "softmax"), expected, rtol=1e-13)
    found = probability_of(logits, torch.tensor([1, 0]), "softmax")
    assert found.dtype == torch.float64
    # 1 - p, which is 1.5e-7 and 1.9e-13: in float32 the first has one digit, the second none.
    np.testing.assert_allclose(1 - found, [(1 + np.e) / e[0].sum(), 2 / e[1].sum()], rtol=1e-2)


def test_sigmoid_of_each_class_alone():
    logits = torch.tensor([[0.0, 17, -1], [20, 0, 3]])
    expected = 1 / (1 + np.exp(-logits.double().numpy()))
    np.testing.assert_allclose(probabilities(logits, "sigmoid"), expected, rtol=1e-13)
    found = probability_of(logits, torch.tensor([1, 0]), "sigmoid")
    assert found.dtype == torch.float64
    np.testing.assert_allclose(1 - found, np.exp([-17, -20]) / (1 + np.exp([-17, -20])), rtol=1e-6)


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_far_logits_do_not_overflow_and_infinite_ones_have_no_probability(score):
    np.testing.assert_array_equal(probabilities(torch.tensor([[1e30, -1e30]]), score), [[1, 0]])
    for bad in (torch.inf, torch.nan):
        assert probability_of(torch.tensor([[bad, 0.0]]), torch.tensor([0]), score).isnan().all()
    assert probability_of(torch.tensor([[-torch.inf, 0.0]]), torch.tensor([0]), score) == 0


def test_methods_get_the_same_in_the_dtype_of_the_logits():
    logits = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(as_they_are(logits, "softmax"), logits.softmax(1))
    assert torch.equal(as_they_are(logits, "sigmoid"), logits.sigmoid())


@pytest.mark.parametrize(("device", "expected"), [("cpu", "cpu"), ("cuda:1", "cuda:1"), ("mps", "cpu")])
def test_numbers_of_float64_live_where_it_is_known(device, expected):
    assert home(torch.device(device)) == torch.device(expected)


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_on_another_device(score):
    logits = torch.zeros(2, 3, device="meta")
    assert probabilities(logits, score).is_meta
    assert probability_of(logits, torch.zeros(2, dtype=torch.int64, device="meta"), score).is_meta
