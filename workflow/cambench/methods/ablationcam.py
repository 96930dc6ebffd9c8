"""Ablation-CAM: sum_k w_k A_k, w_k = (y - y_k) / y, y_k the logit with channel k zeroed (Desai & Ramaswamy, 2020)."""

import torch
from torch import Tensor

from ..contract import ProbeLike


def cam(probe: ProbeLike, images: Tensor, classes: Tensor) -> Tensor:
    """Channels weighted by the share of the logit that is lost without them; only the head is run again."""
    A = probe.activations(images)
    n, K = A.shape[:2]
    owners = torch.arange(n, device=A.device).repeat_interleave(K)
    channels = torch.arange(K, device=A.device).repeat(n)

    def ablated(start: int, stop: int) -> Tensor:
        changed = A[owners[start:stop]]
        changed[torch.arange(stop - start, device=A.device), channels[start:stop]] = 0
        return changed

    y = probe.logits(images).gather(1, classes[:, None])  # (n, 1)
    y_k = probe.head(ablated, owners).gather(1, classes[owners][:, None]).view(n, K)
    return (((y - y_k) / y)[:, :, None, None] * A).sum(1)
