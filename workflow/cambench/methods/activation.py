"""Activation map: mean_k A_k, which does not depend on the class (OpenVINO's ActivationMap; LaFAM, Karjauv, 2024)."""

from torch import Tensor

from ._contract import Batch


def cam(batch: Batch) -> Tensor:
    """Where the layer is active, whatever for."""
    return batch.activations().mean(1)
