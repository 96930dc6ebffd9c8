"""The last layer of each resolution, down to the target layer: where the stages of a network end."""

import math
from collections.abc import Iterator, Mapping, Sequence
from weakref import WeakKeyDictionary

import torch
from torch import nn

from ..errors import InputError
from .hooks import removed_after
from .layout import Layout
from .positions import Seen, watched
from .probe import Probe

_FOUND = WeakKeyDictionary[Probe, dict[tuple[str, ...], dict[str, Layout]]]()  # because a pass of noise finds them


def find_levels(probe: Probe, wanted: Sequence[str] = ()) -> dict[str, Layout]:
    """Paths of layers, from the first to run to the last, with the layouts of their outputs.

    They are the layers `wanted`, in whatever order they are named, or else the last one to finish before the map
    becomes smaller. A layer inside a block whose own output is smaller is the end of nothing. **Raises:** `InputError`
    if a layer that is wanted has no map.
    """
    found = _FOUND.setdefault(probe, {})
    if tuple(wanted) not in found:
        found[tuple(wanted)] = _found(probe, wanted)
    return found[tuple(wanted)]


def _found(probe: Probe, wanted: Sequence[str]) -> dict[str, Layout]:
    seen = watched("net", probe.network, probe.input_shape)
    known = {path: output.layout for path, output in seen.outputs.items() if output.layout and seen.calls[path] == 1}
    known[probe.layer] = probe.layout
    order = list(seen.outputs)
    if wanted:
        chosen = {path: _known(path, known) for path in wanted}
        return {path: chosen[path] for path in order if path in chosen}
    before = [path for path in order[: order.index(probe.layer)] if path in known]
    found = [probe.layer]
    for path in reversed(before):
        if _area(seen, known, path) > _area(seen, known, found[-1]) and not _is_inside(seen, known, path):
            found.append(path)
    return {path: known[path] for path in reversed(found)}


def outputs_at(
    probe: Probe, images: torch.Tensor, layers: Mapping[str, Layout]
) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """Logits (n, classes) of images, and the maps of layers, float32 (n, K, h, w) each; one pass."""
    seen: dict[str, torch.Tensor] = {}

    def keep(path: str, layout: Layout, output: torch.Tensor) -> None:
        seen[path] = layout.split(output)[0].float().clone()  # a copy, because many networks go on in place

    handles = [
        probe.network.get_submodule(path).register_forward_hook(
            lambda _, __, output, path=path, layout=layout: keep(path, layout, output)
        )
        for path, layout in layers.items()
    ]
    with removed_after(handles), torch.no_grad():
        logits = probe.run(probe.network, images)
    return logits, [seen[path] for path in layers]


def _known(path: str, known: Mapping[str, Layout]) -> Layout:
    if path not in known:
        raise InputError(f"no layer {path!r} that runs once and gives a map; such are {', '.join(list(known)[-5:])}")
    return known[path]


def _area(seen: Seen, known: Mapping[str, Layout], path: str) -> int:
    return math.prod(known[path].sides(seen.outputs[path].shape))


def _is_inside(seen: Seen, known: Mapping[str, Layout], path: str) -> bool:
    """Whether a layer lies inside a block whose output is smaller; a mere sequence of layers is no block."""
    around = (outer for outer in _outer(path) if outer in known)
    return any(
        _area(seen, known, outer) < _area(seen, known, path) and not isinstance(seen.modules[outer], nn.Sequential)
        for outer in around
    )


def _outer(path: str) -> Iterator[str]:
    parts = path.split(".")
    return (".".join(parts[:depth]) for depth in range(1, len(parts)))
