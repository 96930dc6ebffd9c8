"""Samples of data sets whose metrics are known: how often intervals hold the truth, and verdicts are wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import closed
import numpy as np
import polars as pl

from cambench.images.found import Found
from cambench.images.sample import Sample
from cambench.results import published, verdicts
from cambench.results.bootstrap import Bootstrap, resample
from cambench.results.columns import METRICS, adcc_of_means
from cambench.results.summary import summarise

TITLES = {"gradcam": "Grad-CAM", "fakecam": "Fake-CAM"}
FIXED = ("coherency", "complexity")  # that Fake-CAM has the same of in every image
MOVED = 1.5  # points by which a published number is wrong
_CONFIDENCE = 0.95


@dataclass(frozen=True)
class Population:
    """What data sets are drawn from: `classes` with `each` images."""

    classes: int = closed.CLASSES
    each: int = 50

    @cached_property
    def labels(self) -> np.ndarray:
        return closed.labels(self.classes, self.each)

    @cached_property
    def files(self) -> list[Found]:
        return [Found(path, int(label)) for path, label in zip(closed.paths(self.labels), self.labels, strict=True)]

    @cached_property
    def truth(self) -> pl.DataFrame:
        """Aggregates of images without end: method, metric, value (percent)."""
        sets = range(10**6, 10**6 + max(50, 200_000 // len(self.labels)))
        drawn = [_means(metrics_of(self, seed)) for seed in sets]
        return _long(
            {method: {n: np.mean([one[method][n] for one in drawn]) for n in drawn[0][method]} for method in TITLES}
        )

    def order(self, seed: int, stratify: str) -> np.ndarray:
        """Numbers of the images in the order in which they are drawn."""
        drawn = Sample(None, seed, stratify).order(self.files)
        return np.array([int(item.path[-9:-4]) for item in drawn])


def metrics_of(population: Population, seed: int) -> dict[str, dict[str, np.ndarray]]:
    """Metrics of each image of a data set, by method."""
    images = closed.draw(population.labels, seed)
    return {method: closed.metrics(images, method) for method in TITLES}


def simulate(
    population: Population, sizes: Iterable[int], stratify: str, seeds: Iterable[int], resamples: int
) -> pl.DataFrame:
    """One row per sample and cell (method and metric).

    Each seed draws a data set, and from it a sample that grows through the `sizes`. **Returns:** seed, images, method,
    metric; `like_these` and `whole`, whether the summary's interval holds the truth about images like these, and the
    published table's, uncorrected, that about the set; `together`, whether the corrected one does; `right` and `moved`,
    verdicts on the set's own number, rounded, and on one that is 1.5 points off.
    """
    rows = []
    for seed in seeds:
        values, order = metrics_of(population, seed), population.order(seed, stratify)
        of_set = _long(_means(values))
        for images in sizes:
            drawn = {method: {n: v[order[:images]] for n, v in found.items()} for method, found in values.items()}
            summary = _summary(drawn, Bootstrap(resamples, _CONFIDENCE, seed))
            judged = _judged(summary, of_set, len(order)).join(_like_these(summary, population), ["method", "metric"])
            rows.append(judged.with_columns(seed=pl.lit(seed), images=pl.lit(images)))
    return pl.concat(rows)


def _summary(values: dict[str, dict[str, np.ndarray]], bootstrap: Bootstrap) -> pl.DataFrame:
    """What the workflow says of some images."""
    flags = {"degenerate": False, "nonfinite": False, "ill_conditioned": False, "correct": 0, "probability": 0.5}
    parts = [
        pl.DataFrame({"network": "net", "method": method, "image": np.arange(len(found["adcc"])), **found})
        for method, found in values.items()
    ]
    frame = pl.concat(parts).with_columns(saliency_passes=1, **{name: pl.lit(value) for name, value in flags.items()})
    return summarise(frame, resample(frame, ["net"], list(values), bootstrap))


def _judged(summary: pl.DataFrame, truth: pl.DataFrame, population: int) -> pl.DataFrame:
    """Whether intervals for the whole set hold its truth, and the verdicts."""
    basis, cells = verdicts.Basis(_CONFIDENCE, population), len(truth)
    alone = verdicts.Basis(1 - (1 - _CONFIDENCE) * cells, population)  # undoes the correction
    tables = {
        "whole": _compared(summary, truth, alone, 9),
        "together": _compared(summary, truth, basis, 9),
        "right": _compared(summary, truth, basis, 2),
        "moved": _compared(summary, truth.with_columns(pl.col("value") + MOVED), basis, 2),
    }
    held = {name: tables[name]["verdict"] != "differs" for name in ("whole", "together")}
    said = {name: tables[name]["verdict"] for name in ("right", "moved")}
    return tables["right"].select(pl.col("label").alias("method"), "metric").with_columns(**held, **said)


def _compared(summary: pl.DataFrame, truth: pl.DataFrame, basis: verdicts.Basis, digits: int) -> pl.DataFrame:
    """The published table beside the regenerated one, if the truth was published with some digits."""
    wide = truth.with_columns(pl.col("value").round(digits)).pivot("metric", index="method", values="value")
    rounding = {f"{name}_rounding": pl.lit(0.5 * 10.0**-digits) for name in wide.columns if name in METRICS}
    theirs = wide.select(
        pl.lit("net").alias("network"), pl.col("method").replace(TITLES), pl.lit(published.PROTOCOL).alias("source"),
        pl.exclude("method"),
    ).with_columns(**rounding)  # fmt: skip
    return published.compare(summary, theirs, TITLES, [], basis).filter(pl.col("reason").is_null())


def _like_these(summary: pl.DataFrame, population: Population) -> pl.DataFrame:
    """Whether the summary's intervals hold the truth about images like these."""
    rows = [
        {"method": method, "metric": metric, "like_these": row[f"{metric}_low"] <= value / 100 <= row[f"{metric}_high"]}
        for method, metric, value in population.truth.iter_rows()
        for row in summary.filter(method=method).iter_rows(named=True)
    ]
    return pl.DataFrame(rows)


def _means(values: dict[str, dict[str, np.ndarray]]) -> dict[str, dict[str, float]]:
    """Aggregates by method, as tables have them."""
    means = {method: {name: found.mean() for name, found in of.items()} for method, of in values.items()}
    return {
        method: {**of, "adcc": float(adcc_of_means(of)), "adcc_per_image": of["adcc"]} for method, of in means.items()
    }


def _long(means: dict[str, dict[str, float]]) -> pl.DataFrame:
    """Cells whose value the images decide: method, metric, value (percent)."""
    rows = [
        {"method": method, "metric": metric, "value": 100 * float(value)}
        for method, of in means.items()
        for metric, value in of.items()
        if method == "gradcam" or metric not in FIXED
    ]
    return pl.DataFrame(rows)


def report(found: pl.DataFrame, stratify: str) -> Iterator[str]:
    """Rows of a Markdown table, one per size of sample; shares in percent."""
    for (images,), part in found.group_by(["images"], maintain_order=True):
        each = part.group_by("method", "metric").agg(pl.col("like_these", "whole").mean())
        spans = [
            f"{100 * part[name].mean():.1f} ({100 * each[name].min():.1f} to {100 * each[name].max():.1f})"
            for name in ("like_these", "whole")
        ]
        runs = part.group_by("seed").agg(pl.col("together").all(), (pl.col("right") == "differs").any())
        shares = [
            f"{100 * (part[name] == verdict).mean():.1f}" for name in ("right", "moved") for verdict in verdicts.JUDGED
        ]
        numbers = [*spans, f"{100 * runs['together'].mean():.1f}", *shares, f"{100 * runs['right'].mean():.1f}"]
        yield f"| {stratify} | {images:,} | {' | '.join(numbers)} |"
