"""Stages that only a metric asks for, of images in memory."""

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..further import settings, stages
from ..masks import Masking
from ..methods._contract import Method
from ..stages import complement, other_class, perturbations, random_weights, road, sensitivity
from ..store.stages import STAGES

if TYPE_CHECKING:
    from .scene import Scene

Blocks = Iterator[dict[str, np.ndarray]]
Made = Mapping[str, np.ndarray]


def made(scene: "Scene", label: str, method: Method, clean: Made, masking: Masking) -> dict[str, dict[str, np.ndarray]]:
    """What these stages make of the images, by stage and variable, as far as a metric of the request asks for them.

    **Arguments:** `clean` as stage `saliency` makes it. What is one for all methods is made once.
    """
    found = {}
    for stage in stages(scene.config):
        shared = "method" not in STAGES[stage].per
        if not shared or f"{stage}.passes" not in scene.found:
            what = stage if shared else f"{label}, {stage}"
            made = scene.gathered(what, _STAGES[stage](scene, method, clean, masking))
            if shared:
                scene.found.update({f"{stage}.{name}": values for name, values in made.items()})
        found[stage] = {name: scene.found[f"{stage}.{name}"] for name in STAGES[stage].writes} if shared else made
    return found


def _complement(scene: "Scene", _: Method, clean: Made, masking: Masking) -> Blocks:
    return complement.take_away(scene.probe, scene.shard(), clean["raw"], masking, scene.batch)


def _road(scene: "Scene", _: Method, clean: Made, masking: Masking) -> Blocks:
    chosen = road.Removing.of(settings("road", scene.config))
    return road.remove(scene.probe, scene.shard(), clean["raw"], masking, chosen, scene.batch)


def _perturbations(scene: "Scene", _: Method, __: Made, ___: Masking) -> Blocks:
    chosen = perturbations.Perturbing(**settings("perturbations", scene.config))
    p = scene.found["predictions.probability"]
    return perturbations.perturb(scene.probe, scene.shard(), p, chosen, scene.batch)


def _other_class(scene: "Scene", method: Method, clean: Made, _: Masking) -> Blocks:
    kept, which = scene.found["predictions.activations"], settings("other_class", scene.config)["which"]
    shard = scene.shard(activations=kept if kept.shape[1] else None)
    return other_class.explain_other(scene.probe, method, shard, _shape(clean), which, scene.facts["classes"])


def _random_weights(scene: "Scene", method: Method, clean: Made, _: Masking) -> Blocks:
    return random_weights.explain_random(scene.random, method, scene.shard(), _shape(clean))


def _sensitivity(scene: "Scene", method: Method, clean: Made, masking: Masking) -> Blocks:
    chosen = sensitivity.Copies(**scene.config["sensitivity"])
    return sensitivity.measure(lambda: scene.probe, method, scene.shard(), clean["raw"], masking, chosen)


def _shape(clean: Made) -> tuple[int, int]:
    return clean["raw"].shape[1], clean["raw"].shape[2]


# What runs each stage: of a scene, a method, its clean maps and how they become masks.
_STAGES: dict[str, Callable[["Scene", Method, Made, Masking], Blocks]] = {
    "complement": _complement,
    "road": _road,
    "perturbations": _perturbations,
    "other_class": _other_class,
    "random_weights": _random_weights,
    "sensitivity": _sensitivity,
}
