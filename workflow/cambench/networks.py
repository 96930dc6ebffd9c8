"""Stage `networks`: open a network once and say what it is: layer, map, classes, head, weights, machine."""

import warnings
from typing import Any

import numpy as np
import torch
from torch import nn

from . import limit, runtime
from .errors import InputError
from .models import build, weights_digest
from .probe import Probe
from .provenance import versions


def open_probe(name: str, settings: dict, compute: dict, threads: int = 1) -> Probe:
    """The network of a block of the config, on its device, opened at its target layer.

    **Raises:** `InputError`, one line, for anything that is not there or does not fit.
    """
    return _open(name, settings, compute, threads)[0]


def describe(name: str, settings: dict, compute: dict, threads: int = 1, measure: bool = False) -> dict[str, Any]:
    """Facts of a network, for planning, reading chunks and provenance.

    **Arguments:** `measure` whether to measure the machine, too.
    **Returns:** a dictionary of plain values: layer, channels, map (h, w), input (H, W), classes, parameters,
    operations (of a forward pass), peak (operations a second of this machine), folded, linear_head, head_alone,
    weights, device, versions. **Raises:** `InputError`, also if the classes do not fit.
    """
    probe, layer = _open(name, settings, compute, threads)
    sample = torch.zeros((1, 3, *probe.input_shape), device=probe.device)
    probe.open(sample, np.zeros(1))
    classes = probe.logits(sample).shape[1]
    if settings.get("classes") not in (None, classes):
        raise InputError(f"models: {name}: the network has {classes} classes, the config says {settings['classes']}")
    return {
        "model": name,
        "layer": layer,
        "channels": probe.activations(sample).shape[1],
        "map": list(probe.map_shape),
        "input": list(probe.input_shape),
        "classes": classes,
        "parameters": sum(p.numel() for p in probe.network.parameters()),
        "operations": limit.operations(probe.network, sample),
        "peak": limit.peak(probe.device, compute["precision"]) if measure else None,
        "folded": probe.folded,
        "linear_head": probe.classifier() is not None,
        "head_alone": probe.head_alone,
        "weights": weights_digest(settings),
        "device": runtime.device_name(probe.device),
        "precision": compute["precision"],
        "versions": versions(),
    }


def _open(name: str, settings: dict, compute: dict, threads: int) -> tuple[Probe, str]:
    device = runtime.start(compute["device"], compute["precision"], threads)
    network = build(name, settings, device)
    preprocessing = settings["preprocessing"]
    layer = find_layer(name, network, settings.get("layer"), preprocessing["crop"])
    return Probe(
        network, layer, preprocessing, compute["batch"], compute["precision"], compute.get("compile", False)
    ), layer


def find_layer(name: str, network: nn.Module, wanted: str | None, side: int) -> str:
    """Path of the target layer: the one named, or the last to finish whose output is a map larger than 1 x 1.

    **Raises:** `InputError` if it is not there or has no such output.
    """
    shapes = _map_shapes(name, network, side)
    if wanted is None and shapes:
        return list(shapes)[-1]
    if wanted in shapes:
        return str(wanted)
    if wanted is None:
        raise InputError(f"models: {name}: no layer has a spatial output larger than 1 x 1")
    if wanted in dict(network.named_modules()):
        raise InputError(f"models: {name}: layer {wanted!r} has no spatial output larger than 1 x 1")
    near = ", ".join(list(shapes)[-5:])
    raise InputError(f"models: {name}: no layer {wanted!r}; the last layers with a spatial output are {near}")


def _map_shapes(name: str, network: nn.Module, side: int) -> dict[str, tuple[int, int]]:
    """(h, w) of each layer with a spatial output, in the order in which they finish."""
    shapes: dict[str, tuple[int, int]] = {}

    def note(path: str) -> Any:
        def hook(_: nn.Module, __: tuple, output: Any) -> None:
            if isinstance(output, torch.Tensor) and output.dim() == 4 and output[0, 0].numel() > 1:
                shapes.pop(path, None)
                shapes[path] = (output.shape[2], output.shape[3])

        return hook

    handles = [module.register_forward_hook(note(path)) for path, module in network.named_modules() if path]
    device = next(network.parameters()).device
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network(torch.zeros((1, 3, side, side), device=device))
    except Exception as error:  # the network is the user's code, and may raise anything
        raise InputError(f"models: {name}: does not run on a {side} x {side} image: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
    return shapes
