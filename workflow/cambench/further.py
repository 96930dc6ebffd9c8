"""Stages that a run has only where one of its metrics needs them: their settings, sizes and forward passes.

Planning imports it, so it never imports torch. Jobs that run a network take what it says from their params: it imports
the metrics, and an edit of one may not make their files again.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from . import metrics
from .store.stages import FURTHER, STAGES


def needed(config: Mapping[str, Any]) -> set[str]:
    """All that the metrics of a configuration, complete, need, such as `road.morf`."""
    return {need for name in config["metrics"] for need in metrics.facts(name).needs}


def needed_of(wanted: Iterable[str], some: Iterable[str]) -> list[str]:
    """What some metrics, by name, need of some stages, `stage.variable`, sorted."""
    every, these = (need for name in wanted for need in metrics.facts(name).needs), set(some)
    return sorted({need for need in every if need.partition(".")[0] in these})


def is_made(stage: str, config: Mapping[str, Any]) -> bool:
    """Whether a metric of a configuration needs one of these stages."""
    return any(need.startswith(f"{stage}.") for need in needed(config))


def stages(config: Mapping[str, Any]) -> list[str]:
    """Those of these stages that a configuration, complete, has, in their order."""
    return [stage for stage in FURTHER if is_made(stage, config)]


def every_setting(config: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings of all of them, by stage."""
    return {stage: settings(stage, config) for stage in stages(config)}


def settings(stage: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """What decides the values of a stage, beside network, method and images."""
    block: dict[str, Any] = dict(config.get(stage, {}))
    if stage == "perturbations":  # of which nothing is made that no metric needs
        wanted = needed(config)
        block |= {} if "perturbations.cells" in wanted else {"cells": 0}
        block |= {} if "perturbations.subsets" in wanted else {"subsets": 0, "grid": 1, "share": 0}
    if stage == "road":
        block["ties"] = config["curves"]["ties"]
    if "saliency.raw" in STAGES[stage].reads:
        block["order"] = config["masking"]["order"]
    if stage == "complement":
        block["space"] = config["masking"]["space"]
    return block


def lengths(config: Mapping[str, Any]) -> dict[str, int]:
    """How long the dimensions are that these stages alone have, by name."""
    perturbed = settings("perturbations", config)
    return {
        "share": len(config["road"]["shares"]),
        "cell": perturbed["cells"] ** 2,
        "subset": perturbed["subsets"],
        "place": perturbed["grid"] ** 2,
        "copy": config["sensitivity"]["copies"],
    }


def lengths_of(some: Iterable[str], config: Mapping[str, Any]) -> dict[str, int]:
    """Those of them that arrays of some stages have, so that settings of others make none of their files again."""
    dims = {dim for stage in some for variable in STAGES[stage].writes.values() for dim in variable.dims}
    return {dim: length for dim, length in lengths(config).items() if dim in dims}


def passes(config: Mapping[str, Any], per_map: float) -> dict[str, float]:
    """Forward passes of an image that each of these stages makes, of those that the run has.

    **Arguments:** `per_map` those that a map of the method takes; or its work, for the work.
    """
    made = stages(config)
    if not made:
        return {}
    sizes = lengths(config)
    found = {
        "complement": 1,
        "road": 2 * sizes["share"],
        "perturbations": bool(sizes["cell"]) + sizes["cell"] + sizes["subset"],  # cells need the image's own logit
        "other_class": per_map,
        "random_weights": per_map,
        "sensitivity": sizes["copy"] * per_map,
    }
    return {stage: found[stage] for stage in made}
