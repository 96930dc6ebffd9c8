"""Raw maps, batch by batch, of the shape that was announced."""

import numpy as np
import pytest
import torch

from cambench.errors import InputError
from cambench.methods._contract import Method, bind
from cambench.networks.batches import gathered
from cambench.networks.probe import Shard
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), dtype=np.uint8)
SHARD = Shard(PIXELS, np.array([0, 1, 2, 3, 4]), np.arange(5))


@pytest.mark.parametrize("name", ["gradcam", "random", "scorecam"])
def test_batches_change_nothing(tiny, name):
    whole, parts = (gathered(explain(tiny, bind(name, {}, batch), SHARD, (8, 8))) for batch in (16, 2))
    assert whole["raw"].dtype == whole["condition"].dtype == np.float32
    assert len(list(explain(tiny, bind(name, {}, 2), SHARD, (8, 8)))) == (5 if name == "scorecam" else 3)
    np.testing.assert_allclose(parts["raw"], whole["raw"], atol=1e-6)
    np.testing.assert_array_equal(parts["passes"], whole["passes"])


@pytest.mark.parametrize("stated", [None, torch.arange(5.0, dtype=torch.float64)])
def test_the_condition_that_a_method_states(tiny, stated):
    def cam(batch):
        maps = torch.ones(len(batch), 8, 8)
        return maps if stated is None else (maps, stated[batch.rows])

    found = gathered(explain(tiny, Method(cam, {}, 2), SHARD, (8, 8)))
    np.testing.assert_array_equal(found["condition"], np.zeros(5) if stated is None else np.arange(5))
    assert found["condition"].dtype == np.float32


def test_maps_of_another_shape_are_refused(tiny):
    method = Method(lambda batch: torch.zeros(len(batch), 8, 7), {}, 2)
    with pytest.raises(InputError, match=r"^method returned maps of shape \(2, 8, 7\), not \(2, 8, 8\)$"):
        gathered(explain(tiny, method, SHARD, (8, 8)))
    method = Method(lambda batch: (torch.zeros(len(batch), 8, 8), torch.zeros(1)), {}, 2)
    with pytest.raises(InputError, match=r"^method returned conditions of shape \(1,\), not \(2,\)$"):
        gathered(explain(tiny, method, SHARD, (8, 8)))
