"""LIFT-CAM under global average pooling: contributions that add up to the logit, and Ablation-CAM times y."""

import pytest
import torch
from peers import CLASSES, pooled, signed

from cambench import methods
from cambench.errors import InputError


def test_weights_add_up_to_the_logit_over_that_of_no_activation():
    A, _, logits = pooled().seen()
    fc = pooled().network.fc
    w = fc.weight[CLASSES] * A.mean((2, 3))
    y = logits.gather(1, CLASSES[:, None])[:, 0]
    assert torch.allclose(w.sum(1), y - fc.bias[CLASSES], atol=1e-5)
    found = pooled().ours("liftcam")
    assert torch.allclose(found, (w[:, :, None, None] * A).sum(1), atol=1e-5)
    assert torch.allclose(found, y[:, None, None] * pooled().ours("ablationcam"), atol=1e-4)


def test_other_heads_are_refused():
    reason = "needs a linear layer right after global average pooling of the target layer"
    assert methods.refusal("liftcam", {"linear_head": False}) == reason
    assert methods.refusal("liftcam", {"linear_head": True}) is None
    with pytest.raises(InputError, match=f"^liftcam {reason}$"):
        signed().ours("liftcam")
