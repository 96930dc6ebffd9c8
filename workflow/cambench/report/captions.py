"""What a reader must know about the numbers: images, networks, settings, doubtful maps, and labels that look wrong."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import polars as pl

from ..points import inner_steps
from ..results.bootstrap import Bootstrap
from ..results.columns import METRICS
from ..results.size import unreached
from ..store.network import Network
from . import of_networks
from .hits import warnings

_COUNTS = {"degenerate": "degenerate", "nonfinite": "nonfinite", "ill_conditioned": "ill-conditioned"}
_FEW = 5  # images of a class that say little of it
_TIES = {"random": "random", "reading": "reading", "reversed": "reversed reading"}
_OF_SOME = "max_sensitivity"  # of the first images alone
LAYERS = "Each metric by target layer, in the order of the configuration; the best of a method's layers is in bold."
# Of the per-image table, what captions are made of, as far as it is there.
COLUMNS = pl.selectors.by_name(
    *("network", "method", "image", "predicted", "label", "correct", "probability", *_COUNTS, "adcc", "tied"),
    *("object_share", "object_lost", _OF_SOME),
    require_all=False,
)


@dataclass(frozen=True)
class Facts:
    """What decided the numbers of a run.

    - `rejected`: number of files that were not used.
    - `target`: whose class is explained; `masking`: `space` and `order`; `precision` of the networks.
    - `bootstrap`: how intervals were made.
    - `curves`: `pixels_per_step`, `points` and `ties`; None if the run draws none.
    - `effect`: by metric, by how many points the precision was seen to move a mean; empty for float32.
    - `attends`: whether a method takes rows of attention.
    - `sample`: how the images were drawn from those of the data set, as `plan.run.sample` gives it; None if all are in.
    """

    rejected: int
    target: str
    masking: Mapping[str, str]
    precision: str
    bootstrap: Bootstrap
    curves: Mapping[str, Any] | None = None
    effect: Mapping[str, float] = field(default_factory=dict)
    attends: bool = False
    sample: Mapping[str, Any] | None = None


def facts_of(params: Any, bootstrap: Bootstrap) -> Facts:
    """These facts from a job's params, which have their names."""
    return Facts(
        **{one.name: getattr(params, one.name) for one in fields(Facts) if one.name != "bootstrap"}, bootstrap=bootstrap
    )


def caption(
    frame: pl.DataFrame,
    networks: Mapping[str, str],
    methods: Mapping[str, str],
    described: Mapping[str, Network],
    facts: Facts,
) -> str:
    """One paragraph for every table.

    **Arguments:** `frame` the per-image table, or its `COLUMNS`; `networks` and `methods` titles by name; `described`
    facts of the networks by name.
    """
    rejected = f"{facts.rejected} file{'' if facts.rejected == 1 else 's'} rejected"
    masking = f"masked in {facts.masking['space']} space, {facts.masking['order'].replace('_', ' ')}"
    each = "; ".join(of_networks.networks(frame, networks, described, facts.attends))
    sentences = [
        f"Means over images, in percent. {each}; {rejected}.",
        *_sample(facts.sample),
        *of_networks.weights(networks, described),
        *of_networks.preprocessing(networks, described),
        f"Class: {facts.target}; {masking}; {'; '.join([*_curves(frame, facts.curves, described), facts.precision])}.",
        *_intervals(frame, facts.bootstrap),
        *["ADCC is that of the means, as published."] * (_mean(frame, "adcc") is not None),
        *_objects(frame),
        *_of_some(frame),
        counts(frame, len(frame)),
        *_ill_conditioned(frame, networks, methods),
        *_effect(facts),
        *warnings(frame, networks, described),
    ]
    return " ".join(sentences)


def short(frame: pl.DataFrame, networks: Mapping[str, str], described: Mapping[str, Network], facts: Facts) -> str:
    """The caption that stands at a table, beside which `caption` says the rest.

    **Arguments:** as of `caption`.
    """
    images = frame["image"].n_unique()
    drawn = f", drawn at random from {facts.sample['of']:,}" if facts.sample else ""
    random = [title for name, title in networks.items() if described[name]["random"]]
    untrained = [f"Random weights: {', '.join(random)}."] if random else []
    said = f"Means over {images:,} image{'s' * (images > 1)}{drawn}, in percent; class: {facts.target}."
    return " ".join([said, *untrained])


def counts(table: pl.DataFrame, maps: int) -> str:
    """How many maps are to be doubted.

    **Arguments:** `table` has the columns degenerate, nonfinite and ill_conditioned, counts or flags.
    """
    doubtful = [f"{word} {int(table[column].sum() or 0):,}" for column, word in _COUNTS.items()]
    return f"Maps: {maps:,}; {', '.join(doubtful)}."


def of_layers(said: str) -> str:
    """Caption of the table by layer, which begins with what it shows; `said` is the caption of its numbers."""
    return f"{LAYERS} {said.replace('summary.csv', 'layers.csv')}"


def of_figures(trivial: Sequence[str], frame: pl.DataFrame | None = None) -> dict[str, str]:
    """Captions by figure.

    **Arguments:** `trivial` titles of the run's methods whose map hides next to nothing; `frame` as of `caption`, for
    what it says of objects.
    """
    fooled = "Rank of each method by Average Drop, Average Increase and ADCC, the best on top; equal ones share a rank."
    if trivial:
        each = "a map that hides next to nothing and explains nothing"
        fooled += f" Highlighted: {', '.join(trivial)}, {each}."
    return {
        "gallery": "Each method's map over some of the images, with the probability of the class on the masked image"
        " and the ADCC.",
        "adcc": "ADCC and the three metrics that it is made of, with their intervals; the best ADCC on top.",
        "fooled": fooled,
        "pairwise": "Differences of ADCC between methods, on the same images.",
        "ranks": "How stable the order of the methods is when images are drawn anew, and how far the metrics agree.",
        "judging": "Ranks of the methods by each metric, the metrics in groups by criterion; the best overall on top."
        " The overall rank is the mean of the criteria's, without metrics that are made of several.",
        "objects": " ".join(
            [
                "Where the objects of some of the images are, as the networks see them.",
                *(() if frame is None else _objects(frame)),
            ]
        ),
        "layers": "Each metric by target layer, from left to right as the configuration lists them, with intervals.",
        "curves": "Probability of the class as the most salient pixels are deleted or inserted; bands: 95 % intervals.",
    }


def _curves(frame: pl.DataFrame, curves: Mapping[str, Any] | None, described: Mapping[str, Network]) -> Iterator[str]:
    if curves:
        tied = _mean(frame, "tied")
        share = "" if tied is None else f" ({100 * tied:.1f} % of the pixels are tied)"
        yield f"{_steps(curves, described)}, ties in {_TIES[curves['ties']]} order{share}"


def _objects(frame: pl.DataFrame) -> Iterator[str]:
    """What a map that says nothing would score, and what the crop leaves out, where boxes say where objects are."""
    share, lost = _mean(frame, "object_share"), _mean(frame, "object_lost")
    if share is not None and lost is not None:
        gone = frame.filter(pl.col("object_lost") == 1)["image"].n_unique()
        yield f"Objects cover {100 * share:.1f} % of the input on average, which is what a map at random wins."
        yield f"The crop leaves out {100 * lost:.1f} % of an object on average, and all of it of {gone:,} images."


def _of_some(frame: pl.DataFrame) -> Iterator[str]:
    """How many images a metric is about that is not measured on all."""
    if _OF_SOME in frame.columns:
        known = frame.filter(pl.col(_OF_SOME).is_not_nan())["image"].n_unique()
        if 0 < known < frame["image"].n_unique():
            yield f"{METRICS[_OF_SOME].title} is of the first {known:,} images."


def _steps(curves: Mapping[str, Any], described: Mapping[str, Network]) -> str:
    """At which steps the curves have points; networks of several sizes have as many numbers of steps."""
    if curves["points"] == "all":
        return f"{curves['pixels_per_step']} pixels per step of the curves"
    inner = {inner_steps(math.prod(network["input"]), curves["pixels_per_step"]) for network in described.values()}
    steps = f"{' or '.join(map(str, sorted(inner)))} inner steps of {curves['pixels_per_step']} pixels"
    return f"curves from {curves['points']} of {steps}, drawn for each image"


def _intervals(frame: pl.DataFrame, bootstrap: Bootstrap) -> Iterator[str]:
    if frame["image"].n_unique() > 1:
        yield (
            f"{100 * bootstrap.confidence:g} % intervals for images like these, from {bootstrap.resamples} paired"
            " resamples of them, expanded for few images, are in summary.csv."
        )


def _sample(sample: Mapping[str, Any] | None) -> Iterator[str]:
    """How the images were drawn, and whether a class has few of them."""
    if sample:
        by = " by label" * (sample["stratify"] == "label")
        drawn = f"{sample['images']:,} of {sample['of']:,} images, drawn at random{by} (seed {sample['seed']})"
        short = sample.get("unreached")
        few = f"; {unreached(**short, there=sample['of'])}" if short else ""
        yield f"Sample: {drawn}{_of_classes(sample['fewest'])}{few}."


def _of_classes(fewest: int | None) -> str:
    """What a sample has of the class that it has the fewest of."""
    if fewest is None:
        return ""
    if fewest == 0:
        return "; some classes have none of them"
    return f", at least {fewest} per class" if fewest >= _FEW else f"; a class has as few as {fewest} of them"


def _ill_conditioned(frame: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> Iterator[str]:
    """Whose maps rounding decides."""
    found = frame.filter("ill_conditioned").group_by("network", "method", maintain_order=True).len().rows()
    if found:
        whose = "; ".join(f"{methods[method]} on {networks[network]} ({number})" for network, method, number in found)
        yield f"Ill-conditioned maps, which rounding can change: {whose}."


def _effect(facts: Facts) -> Iterator[str]:
    if facts.effect:
        moved = ", ".join(f"{name.replace('_', ' ')} {points:.2g}" for name, points in facts.effect.items())
        seen = f"On ImageNet photographs (reference/{facts.precision}.csv)"
        yield f"{seen} {facts.precision} moved a method's mean by at most (points): {moved}."
    elif facts.precision != "float32":
        yield f"By how much {facts.precision} moves means has not been measured."


def _mean(frame: pl.DataFrame, column: str) -> float | None:
    """Mean of the known values of a column; None if there are none."""
    mean = frame.select(pl.col(f"^{column}$").drop_nulls().drop_nans().mean()).to_dict(as_series=False)
    return next(iter(mean.values()), [None])[0]
