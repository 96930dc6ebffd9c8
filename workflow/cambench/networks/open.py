"""Open a network of the config at its target layer, on its device, ready for fast passes."""

import warnings
from typing import Any

import torch
from torch import nn

from ..errors import InputError
from . import device
from .batches import Batches
from .build import build
from .fold import fold_batch_norm
from .probe import Probe, noise


def open_probe(name: str, settings: dict, compute: dict, threads: int = 1, batches: type[Batches] = Batches) -> Probe:
    """The network of a block of the config, opened at its target layer, batch norms folded.

    **Arguments:** `compute` with device, precision, batch and compile of the config; `batches` runs long lists of
    inputs. **Raises:** `InputError`, one line, for anything that is not there or does not fit.
    """
    chosen = device.start(compute["device"], compute["precision"], threads)
    network, preprocessing = build(name, settings, chosen), settings["preprocessing"]
    layer = find_layer(name, network, settings.get("layer"), preprocessing["crop"])
    folded = 0
    if chosen.type != "meta":
        with torch.no_grad():
            folded = fold_batch_norm(network, noise(preprocessing["crop"], chosen), network.get_submodule(layer))
    return Probe(
        network,
        layer,
        preprocessing,
        batch=compute["batch"],
        precision=compute["precision"],
        compiled=compute.get("compile", False),
        folded=folded,
        batches=batches,
    )


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
        raise InputError(f"networks.{name}: no layer has a spatial output larger than 1 x 1")
    if wanted in dict(network.named_modules()):
        raise InputError(f"networks.{name}: layer {wanted!r} has no spatial output larger than 1 x 1")
    near = ", ".join(list(shapes)[-5:])
    raise InputError(f"networks.{name}: no layer {wanted!r}; the last layers with a spatial output are {near}")


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
    where = next(network.parameters()).device
    try:
        with torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            network(torch.zeros((1, 3, side, side), device=where))
    except Exception as error:  # the network is the user's code, and may raise anything
        raise InputError(f"networks.{name}: does not run on a {side} x {side} image: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
    return shapes
