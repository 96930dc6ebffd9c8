"""What a reader must know about the numbers: images, top-1, settings, and warnings where labels look wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from ..results.bootstrap import Bootstrap
from ..store.network import Network

_NEAR_CHANCE = 5  # times the share that guessing would get right
_FEW_CLASSES = 20  # below which five times chance is not bad


@dataclass(frozen=True)
class Facts:
    """What decided the numbers of a run.

    - `rejected`: number of files that were not used.
    - `target`: whose class is explained; `space`, `order`: how inputs are masked; `precision` of the network.
    - `bootstrap`: how intervals were made.
    - `pixels_per_step` of the curves; None if the run draws none.
    - `effect`: by metric, by how many points the precision was seen to move a mean; empty for float32.
    """

    rejected: int
    target: str
    space: str
    order: str
    precision: str
    bootstrap: Bootstrap
    pixels_per_step: int | None = None
    effect: Mapping[str, float] = field(default_factory=dict)


def caption(frame: pl.DataFrame, titles: Mapping[str, str], networks: Mapping[str, Network], facts: Facts) -> str:
    """One paragraph for every table.

    **Arguments:** `frame` the per-image table; `titles` and `networks` titles and facts by name.
    """
    counts = f"{facts.rejected} file{'' if facts.rejected == 1 else 's'} rejected"
    masking = f"masked in {facts.space} space, {facts.order.replace('_', ' ')}"
    steps = f"{facts.pixels_per_step} pixels per step of the curves; " if facts.pixels_per_step else ""
    bootstrap = facts.bootstrap
    sentences = [
        f"Mean over images, in percent. {'; '.join(_networks(frame, titles))}; {counts}.",
        f"Class: {facts.target}; {masking}; {steps}{facts.precision};"
        f" {100 * bootstrap.confidence:g} % intervals from {bootstrap.resamples} paired resamples of the images"
        " are in summary.csv. ADCC is that of the means, as published.",
        *_effect(facts),
        *warnings(frame, titles, networks),
    ]
    return " ".join(sentences)


def warnings(frame: pl.DataFrame, titles: Mapping[str, str], networks: Mapping[str, Network]) -> list[str]:
    """One sentence per network whose top-1 is near chance, or whose classes are the labels moved by one."""
    found = []
    for name, rows in _labelled(frame):
        classes, hits = networks[name]["classes"], {shift: _share(rows, shift) for shift in (-1, 0, 1)}
        best = max(hits, key=lambda shift: hits[shift])
        if best != 0 and hits[best] > 0.2 and hits[best] > 4 * hits[0]:
            found.append(
                f"WARNING: {titles[name]} predicts the label {best:+d} for {100 * hits[best]:.1f} % of the images and"
                f" the label itself for {100 * hits[0]:.1f} %: the labels look off by one."
            )
        elif classes >= _FEW_CLASSES and hits[0] < _NEAR_CHANCE / classes:
            found.append(
                f"WARNING: {titles[name]} has a top-1 of {100 * hits[0]:.1f} %, near chance"
                f" ({100 / classes:.2g} %): weights, labels or preprocessing may be wrong."
            )
    return found


def of_figures(trivial: Sequence[str]) -> dict[str, str]:
    """Captions by figure.

    **Arguments:** `trivial` titles of the run's methods whose map hides next to nothing.
    """
    fooled = "Rank of each method by Average Drop, Average Increase and ADCC, the best on top."
    if trivial:
        fooled += f" Highlighted: {', '.join(trivial)}, a map that hides next to nothing and explains nothing."
    return {
        "gallery": "Each method's map over the photographs, with the probability of the class on the masked photograph"
        " and the ADCC.",
        "adcc": "ADCC and the three metrics that it is made of, with their intervals; the best ADCC on top.",
        "fooled": fooled,
        "pairwise": "Differences of ADCC between methods, on the same images.",
        "ranks": "How stable the order of the methods is when images are drawn anew, and how far the metrics agree.",
        "curves": "Probability of the class as the most salient pixels are deleted or inserted; bands: 95 % intervals.",
    }


def _effect(facts: Facts) -> list[str]:
    if not facts.effect:
        return []
    moved = ", ".join(f"{name.replace('_', ' ')} {points:.2g}" for name, points in facts.effect.items())
    return [f"On the demo {facts.precision} moved a method's mean by at most (points): {moved}."]


def _networks(frame: pl.DataFrame, titles: Mapping[str, str]) -> list[str]:
    """Images of each network, and its top-1 where there are labels."""
    top1 = {name: f", top-1 {100 * _share(rows, 0):.1f} %" for name, rows in _labelled(frame)}
    images = dict(frame.group_by("network").agg(pl.col("image").n_unique()).iter_rows())
    return [f"{title}: {images[name]} images{top1.get(name, '')}" for name, title in titles.items()]


def _labelled(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Predicted class and label of every labelled image, by network."""
    once = frame.select("network", "image", "predicted", "label").filter(pl.col("label") >= 0)
    parts = once.unique(["network", "image"]).group_by(["network"], maintain_order=True)
    return [(str(key[0]), rows) for key, rows in parts]


def _share(rows: pl.DataFrame, shift: int) -> float:
    return float((rows["predicted"] == rows["label"] + shift).mean() or 0)  # type: ignore[arg-type]
