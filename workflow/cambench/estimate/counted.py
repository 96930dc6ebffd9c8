"""How many forward passes an image takes, from facts of networks and methods: for machines that are not at hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import methods
from ..images.sizes import preprocessing_name
from ..points import Points
from ..shards import passes_of
from ..store.network import Network, shares_activations
from .records import Cost, Timing
from .speeds import Speed

_IMAGE, _CONSTANT = "image", ("zero", "black")  # ends of curves that take no pass for each image


@dataclass(frozen=True)
class Asked:
    """What a run asks of its networks.

    `methods` are blocks of the config by label, `scored` the labels that stage `channel_scores` serves, `curves` the
    block of the config, None if none are drawn; `share` is `compute.share_activations`.
    """

    methods: Mapping[str, dict[str, Any]]
    scored: tuple[str, ...]
    curves: Mapping[str, Any] | None
    share: float

    @classmethod
    def of(cls, config: Mapping[str, Any], scored: Sequence[str]) -> "Asked":
        """What a configuration, complete, asks."""
        curves = config["curves"] if config["curves"]["enabled"] else None
        return cls(config["methods"], tuple(scored), curves, config["compute"]["share_activations"])


def timing(network: Network, asked: Asked, speed: Speed, opening: float) -> Timing:
    """What a network takes where it runs at this speed: as many seconds as its passes take, and nothing beside them.

    **Arguments:** `opening` seconds to open it.
    """

    def cost(passes: float) -> Cost:
        return Cost(passes / speed.passes, passes)

    keeps = shares_activations(network, asked.share)
    clean = 1 - int(keeps)
    blocks = {label: _passes(network, block, clean, label in asked.scored) for label, block in asked.methods.items()}
    (h, w), (height, width) = network["map"], network["input"]
    return Timing(
        images=preprocessing_name(network["preprocessing"]),
        map=(h, w),
        input=(height, width),
        channels=network["channels"],
        device=speed.source,
        open=opening,
        predictions=cost(1),
        curves=cost(curve_passes(network, asked.curves)) if asked.curves else None,
        methods={label: {stage: cost(n) for stage, n in found.items()} for label, found in blocks.items()},
        keeps=keeps,
        scores=cost(clean + network["channels"]) if asked.scored else None,
        counted=True,
    )


def curve_passes(network: Network, curves: Mapping[str, Any]) -> int:
    """Forward passes of an image's curves: the inner points of both, and the ends that have to be forwarded.

    **Arguments:** `curves` the block of the config.
    """
    points = Points.of(math.prod(network["input"]), curves).count - 2
    ends = [curves[name][side] for name in ("deletion", "insertion") for side in ("start", "end")]
    return 2 * points + sum(end not in (_IMAGE, *_CONSTANT) for end in ends)


def _passes(network: Network, block: Mapping[str, Any], clean: int, scored: bool) -> dict[str, float]:
    """Passes of a method by stage; `clean` is 0 where it is spared the pass of the clean image."""
    facts = methods.facts(block["cam"])
    if not facts.looks:
        return {"saliency": 0, "masked": 1}
    whole = passes_of(facts, block["settings"], network)
    own = whole - network["channels"] if scored else whole
    return {"saliency": own if facts.attends else own - 1 + clean, "masked": whole}
