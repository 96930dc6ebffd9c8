"""Weights of a network: load them from a file, tell them by a digest, and whether they are random."""

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import InputError

_COUNTER = "num_batches_tracked"  # of batch norms; old files lack it, and no answer depends on it
_SHOWN = 4
_DEEPEST = 4  # mappings within mappings
_POINTER = b"version https://git-lfs"


class UnreadableError(InputError):
    """A file holds no weights that can be read, whatever the network."""


def load(network: nn.Module, path: Path, key: str | None = None) -> str | None:
    """Load a file of weights, as they are or inside a checkpoint, into a network.

    **Arguments:** `key` where in the file they are, if several sets fit. **Returns:** where in the file they were, such
    as `model_ema.module`; None if the file holds nothing else.
    **Raises:** `InputError`, one line that says what the file holds, unless it holds exactly one fitting set.
    """
    try:
        place, found = _fitting(read(path), network, key)
        network.load_state_dict(found)
        return place or None
    except UnreadableError:  # which says all that is to be said
        raise
    except Exception as error:  # files may hold anything, and shape checks raise several kinds
        lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
        raise InputError(f"weights {path} do not fit: {' '.join(lines[:2])}") from error


def read(path: Path) -> Any:
    """What a file of weights holds; no code is run. **Raises:** `UnreadableError`, one line that names the file."""
    try:
        if path.suffix != ".safetensors":
            return torch.load(path, map_location="cpu", weights_only=True)
        if find_spec("safetensors") is None:
            raise InputError('safetensors is not installed: pip install ".[safetensors]"')
        from safetensors.torch import load_file

        return load_file(path)
    except (InputError, OSError) as error:
        raise UnreadableError(f"weights {path}: {getattr(error, 'strerror', None) or error}") from error
    except Exception as error:  # a file may hold anything
        raise UnreadableError(f"weights {path}: {_unread(path, str(error))}") from error


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


def _unread(path: Path, said: str) -> str:
    """What is wrong with a file: what a pickle holds beside numbers would run code when it is built."""
    with path.open("rb") as file:
        if file.read(len(_POINTER)) == _POINTER:
            return "it is a pointer of Git LFS in the place of the file; fetch that with git lfs pull"
    if named := re.search(r"GLOBAL ([\w.]+)", said):
        what = f"holds objects ({named[1]}) that could run code"
        return f"it is no file of weights alone, but {what}; save its state_dict alone"
    if "TorchScript" in said:
        return "it is a TorchScript archive; save the state_dict of the Python module it was made from"
    return f"it is no checkpoint{' in the format safetensors' * (path.suffix == '.safetensors')}, or is damaged"


def _fitting(saved: Any, network: nn.Module, key: str | None) -> tuple[str, dict[str, Any]]:
    """The one set of weights in a file whose names are those of the network, and its place."""
    if not isinstance(saved, Mapping):
        raise InputError(f"it holds no weights by name, but a {type(saved).__name__}")
    wanted, sets = _names(network.state_dict()), dict(_sets(saved, network))
    fitting = [place for place, state in sets.items() if _names(state) == wanted]
    chosen = [place for place in fitting if key is None or f"{place}.".startswith(f"{key}.")]
    # Weights may also lie among other names, such as averaged ones beside them under a prefix.
    among = [place for place, state in sets.items() if _names(state) > wanted] if key is None else []
    if len(chosen) == 1 and not among:
        return chosen[0], sets[chosen[0]]
    if fitting:
        raise InputError(_undecided([*among, *fitting], key if not chosen else None))
    nearest = max(sets.values(), key=lambda state: len(_names(state) & wanted))
    missing, unknown = wanted - _names(nearest), _names(nearest) - wanted
    raise InputError(f"it holds {_listed(saved)}; missing: {_listed(missing)}; not in the network: {_listed(unknown)}")


def _undecided(fitting: list[str], key: str | None) -> str:
    sets = _listed(place or "(the whole file)" for place in fitting)
    if key is None:
        return f"it holds several fitting sets of weights: {sets}; choose one by weights_key"
    return f"no fitting weights are at weights_key {key!r}, but at: {sets}"


def _sets(saved: Mapping, network: nn.Module) -> Iterator[tuple[str, dict[str, Any]]]:
    """Mappings in a file, by their place, also without the prefix that the network's first name has there.

    Wrappers put one before all names: `module.` (DataParallel), `_orig_mod.` (torch.compile), `model.` (Lightning).
    """
    first = next(iter(network.state_dict()), "")
    for place, state in _mappings(saved, "", _DEEPEST):
        named = {str(name): value for name, value in state.items()}
        yield place, named
        for start in sorted(name.removesuffix(first) for name in named if name.endswith(f".{first}")):
            inner = {name.removeprefix(start): value for name, value in named.items() if name.startswith(start)}
            yield f"{place}.{start}".strip("."), inner


def _mappings(saved: Mapping, place: str, depth: int) -> Iterator[tuple[str, Mapping]]:
    """A mapping and those inside it."""
    yield place, saved
    for key, value in saved.items():
        if isinstance(value, Mapping) and depth:
            yield from _mappings(value, f"{place}.{key}".strip("."), depth - 1)


def _names(state: Mapping) -> set[str]:
    return {str(name) for name in state if not str(name).endswith(_COUNTER)}


def _listed(names: Any) -> str:
    shown = sorted(str(name)[:80] for name in names)
    more = f" and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
    return (", ".join(shown[:_SHOWN]) + more) or "nothing"
