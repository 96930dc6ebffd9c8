"""How many forward passes an image takes, as facts of methods and networks say it, and which jobs make them."""

import math
from collections.abc import Mapping
from typing import Any

from .methods import Facts
from .methods._fusion import parted
from .methods._smoothing import split
from .methods._source import factors
from .points import Points
from .store.network import Network, at_layer

RESNET50 = 2 * 4.1e9  # operations of a forward pass of a ResNet-50
_HEAD = 0.05  # of a network's pass, where its head runs alone
_KNOWN = ("image", "zero", "black")  # ends of curves that take no pass for each image


def passes_of(method: Facts, settings: Mapping[str, object], network: Network) -> float:
    """Forward passes that one map takes; runs of the head alone count as parts of one.

    Those of all copies count, and those at each layer whose maps are fused.

    **Arguments:** `method` facts of its file; `settings` that it is given.
    """
    layers = parted(settings, method.settings)[1].layers
    places: list[Any] = [at_layer(network, layer) for layer in layers] or [network]
    return sum(_at_layer(method, settings, place) for place in places) * split(settings, method.settings)[1].count


def _at_layer(method: Facts, settings: Mapping[str, object], network: Network) -> float:
    """Forward passes of one map of one copy of the image at the target layer."""
    height, width = network["map"]
    levels = network.get("levels", network["channels"])
    counts: dict[str, float] = {"channels": network["channels"], "levels": levels, "positions": height * width}

    def counted(product: str) -> float:
        return math.prod(number(name) for name in factors(product)) if product else 0

    def number(name: str) -> float:
        if name.isdigit():
            return float(name)
        given = settings.get(name, method.settings[name].default if name in method.settings else 0)
        return counts[name] if name in counts else float(str(given))

    return 1 + counted(method.passes) + counted(method.heads) * (_HEAD if network["head_alone"] else 1)


def work_of(method: Facts, settings: Mapping[str, object], network: Network) -> float:
    """The time that a map takes, in forward passes."""
    return passes_of(method, settings, network) * each_pass(method)


def each_pass(method: Facts) -> float:
    """The time that a pass of a method takes, in forward passes; the backward one of the whole network is another."""
    return method.work * (1 + method.backward)


def own_passes(passes: float, kept: bool, repeats: bool = False, scored: bool = False) -> float:
    """Forward passes of a map that jobs of stage `saliency` make, of those that it takes.

    Of a method that is `scored` stage `channel_scores` makes all but that of the clean image. Where the activations of
    this one are `kept`, stage `predictions` has made it; but a method that `repeats` asks for nothing of the target
    layer, and makes its passes itself.

    **Arguments:** `passes` that a map takes; 0 of a method that does not look at the image.

    >>> own_passes(9, kept=True), own_passes(1, kept=True, repeats=True), own_passes(2049, kept=False, scored=True)
    (8, 1, 1)
    """
    left = min(passes, 1) if scored else passes
    return left if repeats or not kept else max(0, left - 1)


def curve_passes(network: Network, curves: Mapping[str, Any]) -> int:
    """Forward passes of an image's curves: the inner points of both, and the ends that have to be forwarded.

    **Arguments:** `curves` the block of the config.
    """
    points = Points.of(math.prod(network["input"]), curves).count - 2
    ends = [curves[name][side] for name in ("deletion", "insertion") for side in ("start", "end")]
    return 2 * points + sum(end not in _KNOWN for end in ends)
