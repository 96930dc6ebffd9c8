"""How many forward passes an image takes, from facts of networks and methods: for machines that are not at hand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from .. import further, methods
from ..images.sizes import preprocessing_name
from ..passes import curve_passes, each_pass, own_passes, passes_of
from ..store.network import Network, shares_activations
from ..store.stages import STAGES
from .records import Cost, Timing
from .speeds import Speed


@dataclass(frozen=True)
class Asked:
    """What a run asks of its networks.

    `methods` are blocks of the config by label, `scored` the labels that stage `channel_scores` serves, `curves` the
    block of the config, None if none are drawn; `share` is `compute.share_activations`; `config` is complete, for the
    stages that only a metric asks for, and empty without them.
    """

    methods: Mapping[str, dict[str, Any]]
    scored: tuple[str, ...]
    curves: Mapping[str, Any] | None
    share: float
    config: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, config: Mapping[str, Any], scored: Sequence[str]) -> "Asked":
        """What a configuration, complete, asks."""
        curves = config["curves"] if config["curves"]["enabled"] else None
        return cls(config["methods"], tuple(scored), curves, config["compute"]["share_activations"], config)


def timing(network: Network, asked: Asked, speed: Speed, opening: float) -> Timing:
    """What a network takes where it runs at this speed: as many seconds as its passes take, and nothing beside them.

    **Arguments:** `opening` seconds to open it.
    """

    def cost(passes: float, each: float = 1) -> Cost:
        return Cost(passes * each / speed.passes, passes)

    keeps = shares_activations(network, asked.share)
    blocks = {label: _passes(network, block, keeps, label in asked.scored) for label, block in asked.methods.items()}
    facts = {label: methods.facts_with(block["cam"], block["settings"]) for label, block in asked.methods.items()}
    work = {label: each_pass(found) for label, found in facts.items()}
    (h, w), (height, width) = network["map"], network["input"]
    found = Timing(
        images=preprocessing_name(network["preprocessing"]),
        map=(h, w),
        input=(height, width),
        channels=network["channels"],
        device=speed.source,
        open=opening,
        predictions=cost(1),
        curves=cost(curve_passes(network, asked.curves)) if asked.curves else None,
        methods={label: {stage: cost(n, work[label]) for stage, n in found.items()} for label, found in blocks.items()},
        keeps=keeps,
        scores=cost(network["channels"] + (not keeps)) if asked.scored else None,
        counted=True,
    )
    return with_further(found, asked)


def with_further(timing: Timing, asked: Asked) -> Timing:
    """The same with the stages that only a metric asks for, whose passes take as long as others of their kind."""
    times = further.passes(asked.config, 1) if asked.config else {}
    own = {stage: n for stage, n in times.items() if "method" in STAGES[stage].per}
    shared = {stage: _times(n, timing.predictions) for stage, n in times.items() if stage not in own}
    found = {label: costs | _further(timing, asked, label, own) for label, costs in timing.methods.items()}
    return replace(timing, methods=found, further=shared)


def _further(timing: Timing, asked: Asked, label: str, times: Mapping[str, float]) -> dict[str, Cost]:
    """What such stages cost a method, each so many `times` a pass of the image, or the method where it runs again.

    Of another class the method has what it has of its own, but for the scores of channels. Elsewhere it takes as long
    as on the masked images, which are forwarded even if it does not look at them.
    """
    block, costs = asked.methods[label], timing.methods[label]
    facts = methods.facts_with(block["cam"], block["settings"])
    again = costs["masked" if facts.looks else "saliency"]
    others = {"other_class": again if label in asked.scored else costs["saliency"]}
    stages = [stage for stage in times if not (STAGES[stage].repeats and facts.is_precomputed)]
    each = {stage: others.get(stage, again) if STAGES[stage].repeats else timing.predictions for stage in stages}
    return {stage: _times(times[stage], each[stage]) for stage in stages}


def _times(count: float, one: Cost) -> Cost:
    return Cost(count * one.seconds, count * one.passes)


def _passes(network: Network, block: Mapping[str, Any], kept: bool, scored: bool) -> dict[str, float]:
    """Passes of a method by stage; the activations of the clean images may be `kept`."""
    facts = methods.facts_with(block["cam"], block["settings"])
    if not facts.looks:
        return {"saliency": 0, "masked": 1}
    whole = passes_of(facts, block["settings"], network)
    return {"saliency": own_passes(whole, kept, facts.repeats, scored), "masked": whole}
