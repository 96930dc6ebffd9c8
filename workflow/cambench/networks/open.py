"""Open a network of the config at its target layer, on its device, ready for fast passes."""

import copy
from typing import Any

import torch
from torch import nn

from ..errors import InputError
from ..images.sizes import input_shape
from ..store.network import Network
from . import device, weights
from .batches import Batches
from .build import build, reason
from .fold import Folds, fold_batch_norm, fold_batch_norms
from .layer import Target, find_layer
from .layout import Layout, declared
from .outputs import noise
from .pad import fold_padding, fold_paddings
from .preprocessing import chosen
from .probe import Probe, UnreachedError
from .redraw import redraw


def open_probe(
    name: str,
    settings: dict,
    compute: dict,
    threads: int = 1,
    known: Network | None = None,
    batches: type[Batches] = Batches,
) -> Probe:
    """The network of a block of the config, opened at its target layer, arranged as its device likes it.

    **Arguments:** `compute` with device, precision, batch and compile of the config; `known` the facts that stage
    `networks` found, with which nothing is looked for again, and whose weights it must have; `batches` runs long lists
    of inputs. **Raises:** `InputError`, one line, for anything that is not there or does not fit.
    """
    where = device.start(compute["device"], compute["precision"], threads)
    return opened(name, _built(name, settings, known).to(where), settings, compute, batches, known)


def open_random(
    name: str, settings: dict, compute: dict, threads: int = 1, known: Network | None = None, seed: int = 0
) -> Probe:
    """The same with random weights, which `seed` decides; see `redraw`."""
    where = device.start(compute["device"], compute["precision"], threads)
    network = randomised(name, _built(name, settings, known), settings, seed)
    return opened(name, network.to(where), settings, compute, known=known)


def randomised(name: str, network: nn.Module, settings: dict, seed: int) -> nn.Module:
    """A network that is built, on the CPU, with random weights, in place. **Raises:** `InputError`, one line."""
    try:
        return redraw(network, input_shape(chosen(name, network, settings)), seed)
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error


def _built(name: str, settings: dict, known: Network | None) -> nn.Module:
    """The network of a block. **Raises:** `InputError` if its weights are not those that stage `networks` found."""
    network = build(name, settings)
    if known and weights.digest(network) != known["state"]:
        raise InputError(
            f"networks.{name}: its weights are no longer those of networks/{name}.json; "
            "mend: rm -r .snakemake/cambench, remove that file, then run again"
        )
    return network


def opened(
    name: str,
    network: nn.Module,
    settings: dict,
    compute: dict,
    batches: type[Batches] = Batches,
    known: Network | None = None,
) -> Probe:
    """A network that is built and on its device, opened as `open_probe` does."""
    preprocessing = chosen(name, network, settings)
    shape = input_shape(preprocessing)
    target = _target(known) if known else find_layer(name, network, settings.get("layer"), shape, declared(settings))
    layer, layout = target
    how = device.arranged(next(network.parameters()).device, compute["precision"])
    try:
        if known:
            found = _fold_again(network, Folds(known["folds"], known["pads"]), how.folded)
        else:
            found = _fold(network, layer, shape, how.folded)
        network.to(memory_format=torch.channels_last if how.channels_last else torch.contiguous_format)
        return Probe(
            network,
            layer,
            preprocessing,
            layout=layout,
            batch=compute["batch"],
            precision=compute["precision"],
            compiled=compute.get("compile", False),
            channels_last=how.channels_last,
            folded=found,
            score=settings.get("score", "softmax"),
            batches=batches,
            known=known,
        )
    except UnreachedError as error:
        raise InputError(f"networks.{name}: {error}; {_other(name, network, layer, shape)}") from error
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error
    except Exception as error:  # hooks, folding and gradients may not suit the user's code
        raise InputError(f"networks.{name}: cannot be opened at layer {layer!r}: {reason(error)}") from error


def _target(known: Network) -> Target:
    """The target layer that was found, and how its output lies."""
    height, width = known["map"]
    kind: Any = known["layout"]
    grid = (height, width) if kind == "tokens" else None
    return Target(known["layer"], Layout(kind, known["prefix"], grid))


@torch.no_grad()
def _fold(network: nn.Module, layer: str, shape: tuple[int, int], folded: bool) -> Folds:
    """Fold what can be folded, as a pass of noise shows it.

    Where a device is faster with batch norms, a copy on the CPU shows it, so that the facts are those of any machine.
    """
    where = next(network.parameters()).device
    if where.type == "meta":
        return Folds()
    if not folded:
        found = _fold(copy.deepcopy(network).cpu(), layer, shape, True)
        return _fold_again(network, found, folded)
    sample, target = noise(shape, where), network.get_submodule(layer)
    return Folds(fold_batch_norm(network, sample, target), fold_padding(network, sample, target))


@torch.no_grad()
def _fold_again(network: nn.Module, found: Folds, folded: bool) -> Folds:
    """Fold what was found, batch norms only if they are to be `folded`."""
    if folded:
        fold_batch_norms(network, found.norms)
    fold_paddings(network, found.pads)
    return found


def _other(name: str, network: nn.Module, layer: str, shape: tuple[int, int]) -> str:
    """What to do about a layer on which nothing depends."""
    try:
        default = find_layer(name, network, None, shape).layer
    except InputError:
        default = layer
    return "name another layer" if default == layer else f"name layer {default!r}"
