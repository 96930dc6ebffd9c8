"""Rows in batches: in order, smaller after running out of memory, one behind so that a GPU never waits."""

import numpy as np
import pytest
import torch
from tiny import Hungry

from cambench.networks.batches import Batches, gathered


def test_out_of_memory_halves_the_batch():
    torch.manual_seed(0)
    network, batches = Hungry().eval(), Batches(6)
    inputs = torch.randn(6, 3, 32, 32)
    with torch.no_grad():
        logits = batches.run(lambda start, stop: network(inputs[start:stop]), 6)
        assert batches.size == 3
        assert torch.allclose(logits, torch.cat([network(inputs[:3]), network(inputs[3:])]))
        with pytest.raises(torch.OutOfMemoryError):
            Batches(1).run(lambda start, stop: network(inputs), 6)


def test_results_of_batches_come_in_order_with_the_last_one_late():
    """A batch's results are fetched when the next one is in the queue, so that a GPU never waits for its host."""
    queued, seen = [], []

    def one(start, stop):
        queued.append(start)
        return (torch.arange(start, stop),)

    for start, stop, (values,) in Batches(2).each(one, 5):
        seen.append((start, values.tolist()))
        assert values.tolist() == list(range(start, stop))
        assert len(queued) == min(3, len(seen) + 1)
    assert seen == [(0, [0, 1]), (2, [2, 3]), (4, [4])]


def test_blocks_are_gathered_by_variable():
    blocks = ({"a": np.arange(start, start + 2), "b": np.zeros((2, 3))} for start in (0, 2))
    found = gathered(blocks)
    assert found["a"].tolist() == [0, 1, 2, 3]
    assert found["b"].shape == (4, 3)
