"""The stages: what each reads and writes, and what it has one result per.

Rules, paths, readers, writers and checks all follow from these records. Pure Python, because planning imports it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Variable:
    """One array of a store: its dtype and dimensions, and whether it may be `spared`: chunk files then hold nothing."""

    dtype: str
    dims: tuple[str, ...]
    spared: bool = False

    @property
    def fill(self) -> float | int:
        """NaN for floats, so that a missing chunk can never pass for data; -1 or 0 for integers."""
        return float("nan") if self.dtype.startswith("float") else (0 if self.dtype == "uint8" else -1)


@dataclass(frozen=True)
class Stage:
    """One stage: what it reads and writes, and what there is one result of.

    - `per`: what there is one result of: a `preprocessing`, a `network`, a `network` and `method`.
    - `reads`: `stage.variable` of the chunk files that cover its rows.
    - `writes`: the arrays of its store; none for a stage that writes a table.
    - `runs_network`: whether its jobs run the network.
    - `further`: whether only runs have it whose metrics need one of its arrays.
    - `repeats`: whether it runs the method again, which maps that come from a file have not.
    """

    name: str
    per: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: Mapping[str, Variable] = field(default_factory=dict)
    runs_network: bool = True
    further: bool = False
    repeats: bool = False


NUMBER, MAP, CURVE = ("image",), ("image", "y", "x"), ("image", "step")  # dimensions
PIXELS = ("image", "y", "x", "channel")
CHANNELS, WEIGHTS = ("image", "channel", "y", "x"), ("image", "channel")
SHARE, CELL, COPY = ("image", "share"), ("image", "cell"), ("image", "copy")
SUBSET, PLACE = ("image", "subset"), ("image", "subset", "place")
_PAIR = ("network", "method")
_PASSES = {"passes": Variable("int32", NUMBER)}
_PROBABILITY = Variable("float64", NUMBER)  # on a confident network 1 - p is lost in float32
_MAPS = {"raw": Variable("float32", MAP), "condition": Variable("float32", NUMBER), **_PASSES}
STAGES: dict[str, Stage] = {
    stage.name: stage
    for stage in (
        Stage(
            "images",
            per=("preprocessing",),
            writes={
                "pixels": Variable("uint8", PIXELS),
                "label": Variable("int64", NUMBER),
                "seed": Variable("int64", NUMBER),
            },
            runs_network=False,
        ),
        Stage(
            "predictions",
            per=("network",),
            reads=("images.pixels", "images.label"),
            writes={
                "target": Variable("int64", NUMBER),
                "predicted": Variable("int64", NUMBER),
                "correct": Variable("int64", NUMBER),
                "probability": _PROBABILITY,
                "label_probability": _PROBABILITY,
                "activations": Variable("float32", CHANNELS, spared=True),  # of the target layer
            },
        ),
        Stage(
            "channel_scores",
            per=("network",),
            reads=("images.pixels", "predictions.target", "predictions.activations"),
            writes={"scores": Variable("float32", WEIGHTS), **_PASSES},
        ),
        Stage(
            "saliency",
            per=_PAIR,
            reads=(
                "images.pixels",
                "images.seed",
                "predictions.target",
                "predictions.activations",
                "channel_scores.scores",
            ),
            writes=_MAPS,
        ),
        Stage(
            "masked",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target", "saliency.raw"),
            writes={"probability": _PROBABILITY, **_MAPS},
        ),
        Stage(
            "curves",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target", "predictions.probability", "saliency.raw"),
            writes={
                "deletion": Variable("float64", CURVE),
                "insertion": Variable("float64", CURVE),
                "steps": Variable("int32", CURVE),
                "tied": Variable("float32", NUMBER),
                **_PASSES,
            },
        ),
        Stage(
            "complement",
            per=_PAIR,
            reads=("images.pixels", "predictions.target", "saliency.raw"),
            writes={"probability": _PROBABILITY, **_PASSES},
            further=True,
        ),
        Stage(
            "road",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target", "saliency.raw"),
            writes={"morf": Variable("float64", SHARE), "lerf": Variable("float64", SHARE), **_PASSES},
            further=True,
        ),
        Stage(
            "perturbations",
            per=("network",),
            reads=("images.pixels", "images.seed", "predictions.target", "predictions.probability"),
            writes={
                "cells": Variable("float64", CELL, spared=True),
                "subsets": Variable("float64", SUBSET, spared=True),
                "removed": Variable("uint8", PLACE, spared=True),  # which places of the grid
                **_PASSES,
            },
            further=True,
        ),
        Stage(
            "other_class",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target", "predictions.activations"),
            writes={**_MAPS, "other": Variable("int64", NUMBER)},
            further=True,
            repeats=True,
        ),
        Stage(
            "random_weights",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target"),
            writes=_MAPS,
            further=True,
            repeats=True,
        ),
        Stage(
            "sensitivity",
            per=_PAIR,
            reads=("images.pixels", "images.seed", "predictions.target", "saliency.raw"),
            writes={"change": Variable("float64", COPY), **_PASSES},
            further=True,
            repeats=True,
        ),
        Stage(
            "metrics",
            per=_PAIR,
            reads=(
                "images.label",
                "predictions.target",
                "predictions.predicted",
                "predictions.correct",
                "predictions.probability",
                "saliency.raw",
                "saliency.condition",
                "saliency.passes",
                "masked.raw",
                "masked.condition",
                "masked.probability",
                "masked.passes",
                "curves.deletion",
                "curves.insertion",
                "curves.steps",
                "curves.tied",
                "curves.passes",
                "complement.probability",
                "complement.passes",
                "road.morf",
                "road.lerf",
                "road.passes",
                "perturbations.cells",
                "perturbations.subsets",
                "perturbations.removed",
                "perturbations.passes",
                "other_class.raw",
                "other_class.passes",
                "random_weights.raw",
                "random_weights.passes",
                "sensitivity.change",
                "sensitivity.passes",
            ),
            runs_network=False,
        ),
        Stage("localisation", per=_PAIR, reads=("saliency.raw",), runs_network=False),
    )
}
FURTHER = tuple(stage.name for stage in STAGES.values() if stage.further)
STORES = tuple(stage.name for stage in STAGES.values() if stage.writes)
