"""Ablation-CAM: sum_k w_k A_k, w_k = (y - y_k) / y, y_k the logit with channel k zeroed (Desai & Ramaswamy, 2020).

It is made for layers after a ReLU. A channel of negative activations that speaks for the class has a positive weight,
too, and is then subtracted: on signed layers, such as the last block of an EfficientNet, a map may have no positive
value, so that nothing is left of it after the ReLU.
"""

import torch
from torch import Tensor

from ._contract import Batch

HEADS = "channels"


def cam(batch: Batch) -> Tensor:
    """Channels weighted by the share of the logit that is lost without them; only the head is run again."""
    A = batch.activations()
    n, K = A.shape[:2]
    owners = torch.arange(n, device=A.device).repeat_interleave(K)
    channels = torch.arange(K, device=A.device).repeat(n)

    def ablated(start: int, stop: int) -> Tensor:
        changed = A[owners[start:stop]]
        changed[torch.arange(stop - start, device=A.device), channels[start:stop]] = 0
        return changed

    y = batch.logits().gather(1, batch.classes[:, None])  # (n, 1)
    y_k = batch.head(ablated, owners).gather(1, batch.classes[owners][:, None]).view(n, K)
    return (((y - y_k) / y)[:, :, None, None] * A).sum(1)
