"""Stage `networks`: open a network once and describe it: layer, map, classes, head, weights."""

import torch

from ..errors import InputError
from ..store.network import Network
from . import device, preprocessing, weights
from .build import build
from .open import opened


def describe(name: str, settings: dict, compute: dict, threads: int = 1, count: bool = False) -> Network:
    """Facts of a network, for planning, reading chunks and provenance.

    **Arguments:** `count` whether to count operations, too.
    **Raises:** `InputError`, also if the classes do not fit.
    """
    where = device.start(compute["device"], compute["precision"], threads)
    network = build(name, settings)
    state, random = _weights(name, network, settings)
    own = preprocessing.own(network, settings)
    probe = opened(name, network.to(where), settings, compute)
    sample = torch.zeros((1, 3, *probe.input_shape), device=probe.device)
    logits, A = probe.cut(sample)
    classes = logits.shape[1]
    if settings.get("classes") not in (None, classes):
        raise InputError(f"networks.{name}: the network has {classes} classes, the config says {settings['classes']}")
    return {
        "network": name,
        "layer": probe.layer,
        "channels": A.shape[1],
        "map": list(probe.map_shape),
        "input": list(probe.input_shape),
        "classes": classes,
        "parameters": sum(p.numel() for p in probe.network.parameters()),
        "operations": _operations(probe.network, sample) if count else 0,
        "folded": probe.folded,
        "linear_head": probe.classifier is not None,
        "head_alone": probe.head is not None,
        "weights": weights_name(settings, state, random),
        "state": state,
        "random": random,
        "preprocessing": probe.preprocessing,
        "own_preprocessing": own,
        "precision": compute["precision"],
    }


def weights_name(settings: dict, state: str, random: bool) -> str:
    """What weights a network has: SHA-256 of their file, as planning found it; torchvision's name; a seed; a digest."""
    if settings["weights"] is not None:
        return settings.get("weights_digest") or settings["weights"]
    return f"random, seed {settings['seed']}" if random else f"the factory's own, sha256 {state[:16]}"


def _weights(name: str, network: torch.nn.Module, settings: dict) -> tuple[str, bool]:
    """Digest of a network's weights, and whether they are random."""
    state = weights.digest(network)

    def again(seed: int) -> str:
        return weights.digest(build(name, {**settings, "seed": seed}))

    return state, weights.are_random(name, settings, state, again)


def _operations(network: torch.nn.Module, sample: torch.Tensor) -> int:
    from . import flops  # pulls in Triton, which no other job needs

    return flops.operations(network, sample)
