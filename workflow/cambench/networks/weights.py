"""Weights of a network: load them from a file, tell them by a digest, and whether they are random."""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import InputError

_WRAPPER = "module."  # which torch.nn.DataParallel puts before every name
_COUNTER = "num_batches_tracked"  # of batch norms; old files lack it, and no answer depends on it
_SHOWN = 4


def load(network: nn.Module, path: Path) -> None:
    """Load a file of weights, as they are or inside a checkpoint, into a network.

    **Raises:** `InputError`, one line that says what the file holds, unless it holds exactly one fitting set.
    """
    try:
        saved = _read(path)
        found = _fitting(saved, network)
        network.load_state_dict(found)
    except Exception as error:  # unpickling and shape checks raise several kinds
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        raise InputError(f"weights {path} do not fit: {' '.join(lines[:2])}") from error


def digest(network: nn.Module) -> str:
    """SHA-256 of all parameters and buffers: names, types, shapes and bytes, whatever their order in memory."""
    found = hashlib.sha256()
    for name, values in sorted([*network.named_parameters(), *network.named_buffers()], key=lambda item: item[0]):
        found.update(f"{name}\0{values.dtype}\0{tuple(values.shape)}\0".encode())
        found.update(values.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return found.hexdigest()


def are_random(name: str, settings: dict, state: str, again: Callable[[int], str]) -> bool:
    """Whether a network's weights are random: whether another seed gives others.

    **Arguments:** `state` digest of the network; `again` that of one built with another seed.
    **Raises:** `InputError` if the same seed gives others, too: no two jobs would see the same network.
    """
    if settings["weights"] is not None:  # loading them fails unless they are whole
        return False
    if again(settings["seed"] + 1) == state:
        return False
    if again(settings["seed"]) != state:
        raise InputError(
            f"networks.{name}: each build has other weights; draw them from torch's generator, which the seed sets"
        )
    return True


def _read(path: Path) -> Any:
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    return torch.load(path, map_location="cpu", weights_only=True)


def _fitting(saved: Any, network: nn.Module) -> dict[str, Any]:
    """The one set of weights in a file whose names are those of the network."""
    if not isinstance(saved, Mapping):
        raise InputError(f"it holds no weights by name, but a {type(saved).__name__}")
    wanted, found = _names(network.state_dict()), dict(_sets(saved))
    fitting = [key for key, state in found.items() if _names(state) == wanted]
    if len(fitting) > 1:
        raise InputError(f"it holds several fitting sets of weights: {_listed(fitting)}; save one alone")
    if fitting:
        return found[fitting[0]]
    nearest = max(found.values(), key=lambda state: len(_names(state) & wanted))
    missing, unknown = wanted - _names(nearest), _names(nearest) - wanted
    raise InputError(f"it holds {_listed(saved)}; missing: {_listed(missing)}; not in the network: {_listed(unknown)}")


def _sets(saved: Mapping) -> Iterator[tuple[str, dict[str, Any]]]:
    """A file's mapping and those inside it, by key, without the prefix of a wrapper."""
    inner = {str(key): value for key, value in saved.items() if isinstance(value, Mapping)}
    for key, state in {"": saved, **inner}.items():
        wrapped = bool(state) and all(str(name).startswith(_WRAPPER) for name in state)
        yield key, {str(name).removeprefix(_WRAPPER) if wrapped else name: value for name, value in state.items()}


def _names(state: Mapping) -> set[str]:
    return {str(name) for name in state if not str(name).endswith(_COUNTER)}


def _listed(names: Any) -> str:
    shown = sorted(str(name)[:80] for name in names)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return (", ".join(shown[:_SHOWN]) + more) or "nothing"
