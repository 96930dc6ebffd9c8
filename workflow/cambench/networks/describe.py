"""Stage `networks`: open a network once and describe it: layer, map, classes, head, weights."""

import torch

from ..errors import InputError
from ..store.network import Network, Opened
from . import device, from_hub, from_timm, hub, names, preprocessing, watch, weights
from .build import build, built
from .elsewhere import layers_of
from .levels import find_levels, outputs_at
from .open import opened
from .probe import Probe


def describe(name: str, settings: dict, compute: dict, threads: int = 1, count: bool = False) -> Network:
    """Facts of a network, for planning, reading chunks and provenance.

    **Arguments:** `count` whether to count operations, too.
    **Raises:** `InputError`, also if the classes do not fit.
    """
    where = device.start(compute["device"], compute["precision"], threads)
    made = built(name, settings)
    network, origin = made.network, _origin(settings)
    state, random = _weights(name, network, settings)
    own = preprocessing.own(network, settings)
    parameters = sum(values.numel() for values in network.parameters())  # which folding makes fewer
    probe = opened(name, network.to(where), settings, compute)
    sample = torch.zeros((1, 3, *probe.input_shape), device=probe.device)
    classes = probe.cut(sample)[0].shape[1]
    if settings.get("classes") not in (None, classes):
        raise InputError(f"networks.{name}: the network has {classes} classes, the config says {settings['classes']}")
    return {
        "network": name,
        "parameters": parameters,
        **seen(probe, sample, count),
        "weights": weights_name(settings, state, random, origin),
        "revision": origin.commit if origin else None,
        "checkpoint": made.checkpoint,
        "state": state,
        "random": random,
        "preprocessing": probe.preprocessing,
        "own_preprocessing": own,
        "precision": compute["precision"],
        "class_names": None if random else names.own(network, settings, classes),
    }


def weights_name(settings: dict, state: str, random: bool, origin: hub.Snapshot | None = None) -> str:
    """What weights a network has: SHA-256 of their file, as planning found it; torchvision's name; a seed; a digest.

    Those of a repository have its name, in which timm's tag is.
    """
    if settings["weights"] == "pretrained" and origin:
        return f"{origin.name}, sha256 {state[:16]}"
    if settings["weights"] is not None:
        return settings.get("weights_digest") or settings["weights"]
    return f"random, seed {settings['seed']}" if random else f"the factory's own, sha256 {state[:16]}"


def seen(probe: Probe, sample: torch.Tensor, count: bool) -> Opened:
    """Facts of an opened network that a pass of `sample`, (n, 3, H, W), shows; `count` as for `describe`."""
    logits, A = probe.cut(sample)
    return {
        "layer": probe.layer,
        "layout": probe.layout.kind,
        "prefix": probe.layout.prefix,
        "channels": A.shape[1],
        "levels": sum(maps.shape[1] for maps in outputs_at(probe, sample, find_levels(probe))[1]),
        "map": list(probe.map_shape),
        "layers": {**layers_of(probe), probe.layer: [A.shape[1], *probe.map_shape]},
        "input": list(probe.input_shape),
        "classes": logits.shape[1],
        "score": probe.score,
        "operations": _operations(probe.network, sample) if count else 0,
        "folds": [list(names) for names in probe.folded.norms],
        "pads": [list(names) for names in probe.folded.pads],
        "linear_head": probe.classifier is not None,
        "head_alone": probe.head is not None,
        "attention": probe.blocks.refusal is None,
        "no_attention": probe.blocks.refusal,
        "blocks": len(probe.blocks),
        "queries": probe.blocks.query,
    }


def _origin(settings: dict) -> hub.Snapshot | None:
    """The repository or local folder that a network or its weights come from, if they come from one."""
    if "timm" not in settings and "hf" not in settings:
        return None
    with watch.unseen():
        return (from_timm if "timm" in settings else from_hub).repository(settings)


def _weights(name: str, network: torch.nn.Module, settings: dict) -> tuple[str, bool]:
    """Digest of a network's weights, and whether they are random."""
    state = weights.digest(network)

    def again(seed: int) -> str:
        return weights.digest(build(name, {**settings, "seed": seed}))

    return state, weights.are_random(name, settings, state, again)


def _operations(network: torch.nn.Module, sample: torch.Tensor) -> int:
    from . import flops  # pulls in Triton, which no other job needs

    return flops.operations(network, sample)
