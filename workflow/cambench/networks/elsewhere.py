"""Open a network that is open already at another layer, too."""

from typing import NamedTuple
from weakref import WeakKeyDictionary

from ..errors import InputError
from ..store.network import refused_layer
from .layer import fitting
from .layout import Layout
from .positions import watched
from .probe import Probe


class _Place(NamedTuple):
    """How the output of a layer lies, and K, h, w of its map."""

    layout: Layout
    shape: tuple[int, int, int]


_PLACES = WeakKeyDictionary[Probe, dict[str, _Place]]()  # because a pass of noise finds them
_OPENED = WeakKeyDictionary[Probe, dict[str, Probe]]()


def layers_of(probe: Probe) -> dict[str, list[int]]:
    """K, h and w of the map of each layer that can be a target layer, by path, in the order in which they run."""
    return {path: list(place.shape) for path, place in _places(probe).items()}


def at(probe: Probe, layer: str) -> Probe:
    """The network at another layer. **Raises:** `InputError` if there is none or nothing depends on its map."""
    if layer == probe.layer:
        return probe
    found = _OPENED.setdefault(probe, {})
    if layer not in found:
        if reason := refused_layer({"layers": layers_of(probe), "folds": probe.folded.norms}, layer):
            raise InputError(reason)
        layout = _places(probe)[layer].layout
        found[layer] = Probe(probe.network, layer, probe.preprocessing, layout=layout, **probe.how)
    return found[layer]


def _places(probe: Probe) -> dict[str, _Place]:
    if probe not in _PLACES:
        seen = watched("net", probe.network, probe.input_shape)
        changed = {*(conv for conv, _ in probe.folded.norms), *(".".join(names) for names in probe.folded.pads)}
        _PLACES[probe] = {
            path: _Place(layout, _shape(layout, seen.outputs[path].shape))
            for path, layout in fitting(seen).items()
            if path not in changed or path == probe.layer
        }
    return _PLACES[probe]


def _shape(layout: Layout, output: tuple[int, ...]) -> tuple[int, int, int]:
    """K, h and w of the map in an output of this shape."""
    h, w = layout.sides(output)
    return output[1] if layout.kind == "nchw" else output[-1], h, w
