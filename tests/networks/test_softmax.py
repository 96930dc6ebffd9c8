"""Softmax in float64, wherever the logits are."""

import numpy as np
import pytest
import torch

from cambench.networks.softmax import home, probabilities, probability_of


def test_of_float32_logits_to_the_digits_of_float64():
    logits = torch.tensor([[0.0, 17, 1], [30, 0, 0]])
    e = np.exp(logits.double().numpy())
    expected = e / e.sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities(logits), expected, rtol=1e-13)
    found = probability_of(logits, torch.tensor([1, 0]))
    assert found.dtype == torch.float64
    # 1 - p, which is 1.5e-7 and 1.9e-13: in float32 the first has one digit, the second none.
    np.testing.assert_allclose(1 - found, [(1 + np.e) / e[0].sum(), 2 / e[1].sum()], rtol=1e-2)


def test_far_logits_do_not_overflow():
    np.testing.assert_array_equal(probabilities(torch.tensor([[1e30, -1e30]])), [[1, 0]])


@pytest.mark.parametrize(("device", "expected"), [("cpu", "cpu"), ("cuda:1", "cuda:1"), ("mps", "cpu")])
def test_numbers_of_float64_live_where_it_is_known(device, expected):
    assert home(torch.device(device)) == torch.device(expected)


def test_on_another_device():
    logits = torch.zeros(2, 3, device="meta")
    assert probabilities(logits).is_meta
    assert probability_of(logits, torch.zeros(2, dtype=torch.int64, device="meta")).is_meta
