"""Stage `networks`: open a network once and describe it: layer, map, classes, head, weights, machine."""

import torch

from ..errors import InputError
from ..provenance.versions import versions
from ..store.network import Network
from .device import device_name
from .open import open_probe


def describe(name: str, settings: dict, compute: dict, threads: int = 1, measure: bool = False) -> Network:
    """Facts of a network, for planning, reading chunks and provenance.

    **Arguments:** `measure` whether to count operations and measure the machine, too.
    **Raises:** `InputError`, also if the classes do not fit.
    """
    probe = open_probe(name, settings, compute, threads)
    sample = torch.zeros((1, 3, *probe.input_shape), device=probe.device)
    logits, A = probe.cut(sample)
    classes = logits.shape[1]
    if settings.get("classes") not in (None, classes):
        raise InputError(f"networks.{name}: the network has {classes} classes, the config says {settings['classes']}")
    operations, peak = _measured(probe.network, sample, compute["precision"]) if measure else (0, None)
    return {
        "network": name,
        "layer": probe.layer,
        "channels": A.shape[1],
        "map": list(probe.map_shape),
        "input": list(probe.input_shape),
        "classes": classes,
        "parameters": sum(p.numel() for p in probe.network.parameters()),
        "operations": operations,
        "peak": peak,
        "folded": probe.folded,
        "linear_head": probe.classifier is not None,
        "head_alone": probe.head is not None,
        "weights": weights_name(settings),
        "device": device_name(probe.device),
        "precision": compute["precision"],
        "versions": versions(),
    }


def weights_name(settings: dict) -> str:
    """SHA-256 of the weights file, as planning found it; torchvision's name; or the seed of random weights."""
    return settings.get("weights_digest") or settings["weights"] or f"random, seed {settings['seed']}"


def _measured(network: torch.nn.Module, sample: torch.Tensor, precision: str) -> tuple[int, float]:
    from . import flops  # pulls in Triton, which no other job needs

    return flops.operations(network, sample), flops.peak(sample.device, precision)
