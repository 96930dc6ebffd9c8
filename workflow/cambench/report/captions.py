"""What a reader must know about the numbers: images, networks, settings, doubtful maps, and labels that look wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import polars as pl

from ..results.bootstrap import Bootstrap
from ..results.columns import METRICS
from ..results.published import JUDGED, Obstacle
from ..store.network import Network
from . import of_networks
from .hits import warnings

_COUNTS = {"degenerate": "degenerate", "nonfinite": "nonfinite", "ill_conditioned": "ill-conditioned"}
_TIES = {"random": "random", "reading": "reading", "reversed": "reversed reading"}
# Of the per-image table, what captions are made of, as far as it is there.
COLUMNS = pl.selectors.by_name(
    *("network", "method", "image", "predicted", "label", "correct", "probability", *_COUNTS, "adcc", "tied"),
    require_all=False,
)


@dataclass(frozen=True)
class Facts:
    """What decided the numbers of a run.

    - `rejected`: number of files that were not used.
    - `target`: whose class is explained; `masking`: `space` and `order`; `precision` of the networks.
    - `bootstrap`: how intervals were made.
    - `curves`: `pixels_per_step` and `ties`; None if the run draws none.
    - `effect`: by metric, by how many points the precision was seen to move a mean; empty for float32.
    - `attends`: whether a method takes rows of attention.
    """

    rejected: int
    target: str
    masking: Mapping[str, str]
    precision: str
    bootstrap: Bootstrap
    curves: Mapping[str, Any] | None = None
    effect: Mapping[str, float] = field(default_factory=dict)
    attends: bool = False


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
        *of_networks.weights(networks, described),
        *of_networks.preprocessing(networks, described),
        f"Class: {facts.target}; {masking}; {'; '.join([*_curves(frame, facts.curves), facts.precision])}.",
        *_intervals(frame, facts.bootstrap),
        *["ADCC is that of the means, as published."] * (_mean(frame, "adcc") is not None),
        counts(frame, len(frame)),
        *_ill_conditioned(frame, networks, methods),
        *_effect(facts),
        *warnings(frame, networks, described),
    ]
    return " ".join(sentences)


def counts(table: pl.DataFrame, maps: int) -> str:
    """How many maps are to be doubted.

    **Arguments:** `table` has the columns degenerate, nonfinite and ill_conditioned, counts or flags.
    """
    doubtful = [f"{word} {int(table[column].sum() or 0):,}" for column, word in _COUNTS.items()]
    return f"Maps: {maps:,}; {', '.join(doubtful)}."


def of_published(
    table: pl.DataFrame, obstacles: Sequence[Obstacle], networks: Mapping[str, str], summary: pl.DataFrame
) -> str:
    """Caption of the published table: what the signs mean, and why some rows, or all, have no verdict.

    **Arguments:** `table` and `obstacles` as `results.published` makes them; `networks` titles by name; `summary` of
    our numbers.
    """
    verdicts = set(table["verdict"])
    ours = summary.join(
        table.select("network", pl.col("label").alias("method")).unique(), ["network", "method"], "semi"
    )
    barred = table.filter(verdict="no verdict").rows(named=True)
    others = table.filter(verdict="other protocol").select("method", "source").unique(maintain_order=True).rows()
    reasons: dict[str, list[str]] = {}
    for obstacle in obstacles:
        if any(obstacle.stands_before(row) for row in barred):
            reasons.setdefault(obstacle.reason, []).append(_whose(obstacle, networks))
    lines = [f"{', '.join(whose)}: {reason}" for reason, whose in reasons.items()]
    lines += [f"{method}: {source} has another protocol" for method, source in others]
    sentences = [
        "Published / regenerated (difference), in percent and percentage points.",
        *["= within 0.5 points, ≈ within 2, ≠ beyond."] * bool(verdicts & set(JUDGED)),
        *["– not run."] * ("not run" in verdicts),
        *[f"No verdict is given: {'; '.join(lines)}."] * bool(lines),
        *[counts(ours, int(ours["images"].sum()))] * bool(len(ours)),
    ]
    return " ".join(sentences)


def of_layers(said: str) -> str:
    """Caption of the table by layer, which begins with what it shows; `said` is the caption of its numbers."""
    best = "Each metric by target layer, in the order of the configuration; the best of a method's layers is in bold."
    return f"{best} {said.replace('summary.csv', 'layers.csv')}"


def of_figures(trivial: Sequence[str]) -> dict[str, str]:
    """Captions by figure.

    **Arguments:** `trivial` titles of the run's methods whose map hides next to nothing.
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
        "layers": "Each metric by target layer, from left to right as the configuration lists them, with intervals.",
        "curves": "Probability of the class as the most salient pixels are deleted or inserted; bands: 95 % intervals.",
    }


def _curves(frame: pl.DataFrame, curves: Mapping[str, Any] | None) -> Iterator[str]:
    if curves:
        tied = _mean(frame, "tied")
        share = "" if tied is None else f" ({100 * tied:.1f} % of the pixels are tied)"
        yield f"{curves['pixels_per_step']} pixels per step of the curves, ties in {_TIES[curves['ties']]} order{share}"


def _intervals(frame: pl.DataFrame, bootstrap: Bootstrap) -> Iterator[str]:
    if frame["image"].n_unique() > 1:
        yield (
            f"{100 * bootstrap.confidence:g} % intervals from {bootstrap.resamples} paired resamples of the images,"
            " expanded for few images, are in summary.csv."
        )


def _ill_conditioned(frame: pl.DataFrame, networks: Mapping[str, str], methods: Mapping[str, str]) -> Iterator[str]:
    """Whose maps rounding decides."""
    found = frame.filter("ill_conditioned").group_by("network", "method", maintain_order=True).len().rows()
    if found:
        whose = "; ".join(f"{methods[method]} on {networks[network]} ({number})" for network, method, number in found)
        yield f"Ill-conditioned maps, which rounding can change: {whose}."


def _effect(facts: Facts) -> Iterator[str]:
    if facts.effect:
        moved = ", ".join(f"{name.replace('_', ' ')} {points:.2g}" for name, points in facts.effect.items())
        yield f"On the demo {facts.precision} moved a method's mean by at most (points): {moved}."


def _whose(obstacle: Obstacle, networks: Mapping[str, str]) -> str:
    """What an obstacle bars from a verdict."""
    if obstacle.metrics:
        return ", ".join(METRICS[name].title for name in obstacle.metrics)
    return obstacle.method or networks.get(obstacle.network or "", obstacle.network) or "all"


def _mean(frame: pl.DataFrame, column: str) -> float | None:
    """Mean of the known values of a column; None if there are none."""
    mean = frame.select(pl.col(f"^{column}$").drop_nulls().drop_nans().mean()).to_dict(as_series=False)
    return next(iter(mean.values()), [None])[0]
