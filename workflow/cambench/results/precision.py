"""How many images a wanted precision takes, from the spread of a pilot's images (two-stage sampling, Stein 1945)."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from scipy import stats

from ..errors import InputError
from ..store import tables
from .columns import COLUMNS, METRICS, adcc_of_means

HALF_WIDTHS = (0.25, 0.5, 1.0)  # percentage points
_EQUAL = 1e-11  # deviation below which all images have the same value
_PILOT = "How many images a precision takes is known after a pilot: run with your --configfile and "
_SOME = '--config dataset="{sample: {images: 200}}"'


def deviations(values: Mapping[str, np.ndarray]) -> dict[str, float]:
    """Standard deviation over images of what each aggregate is the mean of, as fractions.

    **Arguments:** `values` float (images,) by metric, those of one network and method. **Returns:** by metric, with
    n - 1 in the denominator; NaN where a metric is not known, or of one image. `adcc`, that of the means, is no mean:
    its standard error is that of the mean of its influence values (the delta method), whose deviation is given.
    `adcc_per_image` is that of the images' own ADCC.
    """
    own = {name: np.asarray(values[name], np.float64) for name in COLUMNS if name in values}
    if "adcc" in own:
        own["adcc_per_image"] = own.pop("adcc")
    if {"coherency", "complexity", "average_drop"} <= set(own):
        own["adcc"] = _influence(own)
    return {name: _deviation(own[name]) for name in METRICS if name in own}


def images_for(sd: float, half_width: float, pilot: int, confidence: float, span: float = 1) -> int:
    """Images whose mean has an interval of plus or minus `half_width`, however large the true deviation is (Stein).

    A pilot whose images are all alike has no deviation, and says nothing of those that differ: see `images_alike`.

    **Arguments:** `sd` that of `pilot` images (two or more), and `half_width`: fractions, as metrics are; `confidence`
    in (0, 1); `span` from the metric's least to its greatest value. **Returns:** at least `pilot`, which are there
    already; `pilot` where `sd` is not known, which images don't change, and where images are alike but the metric has
    no least or no greatest value, for nothing bounds how far others lie.
    """
    if not np.isfinite(sd) or (sd < _EQUAL and not np.isfinite(span)):
        return pilot
    tail = (1 - confidence) / 2
    spread = stats.t.isf(tail, pilot - 1) * sd / half_width
    wanted = images_alike(tail, half_width / span) if sd < _EQUAL else spread**2
    return max(pilot, int(np.ceil(wanted)))


def span(metric: str) -> float:
    """From the least to the greatest value that an image can have."""
    least, most = METRICS[metric].range
    return most - least


def images_alike(tail: float, half_width: float) -> float:
    """Images that all have to have one value, for the mean to lie no further than `half_width` from it.

    The others may have any value from 0 to 1. If more than `half_width` of all images had another value, so many would
    be alike with a probability below `tail`.

    **Arguments:** `tail` in (0, 1); `half_width` a fraction, 1 and more asks for nothing. **Returns:** not rounded.

    >>> round(images_alike(0.025, 0.005), 1)
    735.9
    """
    return float(np.log(tail) / np.log1p(-half_width)) if half_width < 1 else 1.0


def needed(frame: pl.DataFrame | pl.LazyFrame, confidence: float) -> pl.DataFrame:
    """Images that each metric of each network and method needs.

    **Arguments:** `frame` the per-image table of a pilot, of two images or more per network and method.
    **Returns:** network, method, metric, pilot (number of its images), sd (percentage points), and the images for
    intervals of plus or minus 0.25, 0.5 and 1 point: `images_0.25`, `images_0.5`, `images_1`. Metrics that are not
    known have no row.
    """
    known = frame.lazy().select("network", "method", pl.selectors.by_name(*COLUMNS, require_all=False)).collect()
    rows = []
    for names, part in known.group_by(["network", "method"], maintain_order=True):
        found = deviations({name: part[name].to_numpy() for name in COLUMNS if name in part.columns})
        for metric, sd in found.items():
            if np.isfinite(sd):
                asked = len(part), confidence, span(metric)
                images = {f"images_{half:g}": images_for(sd, half / 100, *asked) for half in HALF_WIDTHS}
                named = dict(zip(("network", "method"), names, strict=True))
                rows.append({**named, "metric": metric, "pilot": len(part), "sd": 100 * sd, **images})
    return pl.DataFrame(rows)


@dataclass(frozen=True)
class Costs:
    """What images cost: the data set has `images`, and a run with some of them takes so many `hours`."""

    images: int
    hours: Callable[[int], float]

    def of(self, count: int) -> str:
        """Number of images and hours, as far as the data set has so many."""
        return f"{count:,} ({self.hours(count):.1f} h)" if count <= self.images else f"more than {self.images:,}"


def text(table: pl.DataFrame, costs: Costs, confidence: float) -> str:
    """What a terminal shows: of each metric and method the network that needs most, and what the images cost.

    **Arguments:** `table` as `needed` makes it.
    """
    order = {name: place for place, name in enumerate(METRICS)}
    worst = table.sort("sd", descending=True).unique(["metric", "method"], maintain_order=True)
    worst = worst.sort(pl.col("metric").replace_strict(order, return_dtype=pl.Int64), "method", maintain_order=True)
    columns: dict[str, pl.Expr | pl.Series] = {
        f"±{half:g}": pl.Series([costs.of(count) for count in worst[f"images_{half:g}"]]) for half in HALF_WIDTHS
    }
    shown = worst.select("metric", "method", "network", "sd", **columns)
    with pl.Config(float_precision=1, tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, fmt_str_lengths=60) as style:
        style.set_tbl_formatting("MARKDOWN")
        style.set_tbl_hide_dataframe_shape(True)
        style.set_tbl_hide_column_data_types(True)
        lines = str(shown)
    there = " to ".join(f"{count:,}" for count in table["pilot"].unique().sort()[[0, -1]].unique().sort())
    return (
        f"Images for {100 * confidence:g} % intervals of ±0.25, 0.5 and 1 point, and hours of the run with so many,"
        f" from {there} images; of each method the network that needs most:\n{lines}"
    )


def of_run(
    results: Path, made: Mapping[str, Mapping[str, str]], costs: Costs, confidence: float, pilot: bool = False
) -> str:
    """The same for a run's folder, from its images so far or from its pilot's; if it has none, how to make one.

    **Arguments:** `made` digests of the settings that tables of metrics have to be made with, by `network method` and
    stage; other tables are passed over. `pilot`: whether the run has one of its own.
    """
    frames = (_measured(results, pair, digests["metrics"]) for pair, digests in made.items())
    found = [needed(frame, confidence) for frame in frames if frame is not None]
    table = pl.concat([part for part in found if len(part)] or [pl.DataFrame()])
    if len(table):
        return text(table, costs, confidence)
    return _PILOT + ("--until sample_size" if pilot else _SOME)


def _measured(results: Path, pair: str, made: str) -> pl.LazyFrame | None:
    """Images of a network and method: all that there are, else the pilot's; None if there are none."""
    network, method = pair.split(" ")
    for folder in (results / "metrics", results / "pilot" / "metrics"):
        with suppress(InputError, OSError):  # made with other settings, damaged, or not there
            return tables.scan(folder / network / f"{method}.parquet", made)
    return None


def _deviation(values: np.ndarray) -> float:
    return float(values.std(ddof=1)) if len(values) > 1 else float("nan")


def _influence(values: Mapping[str, np.ndarray]) -> np.ndarray:
    """By how much each image moves the ADCC of the means, times their number; 0 where a term of it is 0."""
    terms = np.stack([values["coherency"], 1 - values["complexity"], 1 - values["average_drop"]])
    means = terms.mean(1, keepdims=True)
    adcc = adcc_of_means({name: values[name].mean() for name in ("coherency", "complexity", "average_drop")})
    slopes = adcc**2 / (3 * np.where(means == 0, 1, means) ** 2)  # of the harmonic mean
    return np.asarray((slopes * (terms - means)).sum(0))
