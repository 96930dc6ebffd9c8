"""Open a network of the config at its target layer, on its device, ready for fast passes."""

import torch
from torch import nn

from ..errors import InputError
from ..images.sizes import input_shape
from . import device, weights
from .batches import Batches
from .build import build, reason
from .fold import fold_batch_norm
from .layer import find_layer
from .layout import declared
from .outputs import noise
from .pad import fold_padding
from .preprocessing import chosen
from .probe import Probe, UnreachedError


def open_probe(
    name: str,
    settings: dict,
    compute: dict,
    threads: int = 1,
    state: str | None = None,
    batches: type[Batches] = Batches,
) -> Probe:
    """The network of a block of the config, opened at its target layer, batch norms folded.

    **Arguments:** `compute` with device, precision, batch and compile of the config; `state` the digest that its
    weights must have; `batches` runs long lists of inputs. **Raises:** `InputError`, one line, for anything that is not
    there or does not fit.
    """
    where = device.start(compute["device"], compute["precision"], threads)
    network = build(name, settings)
    if state is not None and weights.digest(network) != state:
        raise InputError(
            f"networks.{name}: its weights are no longer those of networks/{name}.json; "
            "mend: rm -r .snakemake/cambench, remove that file, then run again"
        )
    return opened(name, network.to(where), settings, compute, batches)


def opened(name: str, network: nn.Module, settings: dict, compute: dict, batches: type[Batches] = Batches) -> Probe:
    """A network that is built and on its device, opened as `open_probe` does."""
    preprocessing = chosen(name, network, settings)
    shape, where = input_shape(preprocessing), next(network.parameters()).device
    layer, layout = find_layer(name, network, settings.get("layer"), shape, declared(settings))
    try:
        folded = 0
        with torch.no_grad():
            if where.type != "meta":
                sample, target = noise(shape, where), network.get_submodule(layer)
                folded = fold_batch_norm(network, sample, target)
                fold_padding(network, sample, target)
        return Probe(
            network,
            layer,
            preprocessing,
            layout=layout,
            batch=compute["batch"],
            precision=compute["precision"],
            compiled=compute.get("compile", False),
            folded=folded,
            score=settings.get("score", "softmax"),
            batches=batches,
        )
    except UnreachedError as error:
        raise InputError(f"networks.{name}: {error}; {_other(name, network, layer, shape)}") from error
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error
    except Exception as error:  # hooks, folding and gradients may not suit the user's code
        raise InputError(f"networks.{name}: cannot be opened at layer {layer!r}: {reason(error)}") from error


def _other(name: str, network: nn.Module, layer: str, shape: tuple[int, int]) -> str:
    """What to do about a layer on which nothing depends."""
    try:
        default = find_layer(name, network, None, shape).layer
    except InputError:
        default = layer
    return "name another layer" if default == layer else f"name layer {default!r}"
