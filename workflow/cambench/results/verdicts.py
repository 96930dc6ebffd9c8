"""Verdicts on published numbers by the intervals of ours, corrected for their number (Bonferroni), for the whole set.

Student's interval of the mean of n of N images, drawn without replacement, is narrower by the factor sqrt(1 - n/N), and
of all N it has no width (Cochran, Sampling Techniques, 1977, section 2.8). Numbers are in percent, widths in points.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from .precision import images_alike

JUDGED = ("consistent", "differs", "not decided")
SURE = 0.5  # half-width at which a published number that lies in our interval is consistent with ours
CURVES = ("deletion", "insertion")
_CLOSE, _NEAR = 0.5, 2.0
_EQUAL = 1e-9  # standard error below which all images have the same value
_COLUMNS = ("low", "high", "distance", "verdict", "least", "most", "more_images", "said")


@dataclass(frozen=True)
class Basis:
    """What the intervals of our numbers rest on.

    - `confidence`: that all of them hold together, in (0, 1).
    - `population`: images of the set that ours were drawn from at random; None if ours are the set.
    - `noisy`: metrics with noise of their own, beside that of which images were drawn; they have no factor.
    """

    confidence: float
    population: int | None = None
    noisy: tuple[str, ...] = ()


def basis(settings: Mapping[str, Any], sample: Mapping[str, Any] | None, confidence: float) -> Basis:
    """The basis of a run.

    **Arguments:** `settings` those of the run that decide a number, by dotted key; `sample` as `plan.run.sample` gives
    it; `confidence` in (0, 1).
    """
    drawn = settings.get("curves.points", "all") != "all"
    return Basis(confidence, sample["of"] if sample else None, CURVES if drawn else ())


def judge(cells: pl.DataFrame, basis: Basis) -> pl.DataFrame:
    """Cells with a verdict each.

    **Arguments:** `cells`, all that get one, with the columns metric, images (two or more), published, rounding (half a
    unit of the last digit), ours, and error (standard error, without the factor).
    **Returns:** also `low` and `high`, our interval; `distance` as `distance` gives it; `verdict`: differs, if the
    published number, whatever its rounding hid, lies outside our interval; else consistent, or not decided if the
    interval is wider than 0.5 points to either side; `least` and `most`, the distance (points) where they differ;
    `more_images` that make the interval so narrow where nothing is decided, 0 if the set has no more; `said` in words.
    """
    half, wanted, whole = _precision(cells, basis)
    columns: dict[str, Any] = {"half": half, "wanted": np.minimum(wanted, whole)}
    below, above = pl.col("ours") - pl.col("half"), pl.col("ours") + pl.col("half")
    first, last = pl.col("published") - pl.col("rounding"), pl.col("published") + pl.col("rounding")
    gap = pl.max_horizontal(first - above, below - last)  # negative where they overlap
    verdict = pl.when(gap > _EQUAL).then(pl.lit(JUDGED[1])).when(pl.col("half") <= SURE).then(pl.lit(JUDGED[0]))
    differs, open_ = pl.col("verdict") == JUDGED[1], pl.col("verdict") == JUDGED[2]
    more = (pl.col("wanted").ceil() - pl.col("images")).cast(pl.Int64)
    table = cells.with_columns(**{name: pl.Series(name, values, pl.Float64) for name, values in columns.items()})
    table = table.with_columns(
        low=below, high=above, distance=distance(), verdict=verdict.otherwise(pl.lit(JUDGED[2]))
    ).with_columns(
        least=pl.when(differs).then(gap),
        most=pl.when(differs).then(pl.max_horizontal(last - below, above - first)),
        more_images=pl.when(open_).then(more),
    )
    said = pl.Series("said", [words(row) for row in table.iter_rows(named=True)], pl.String)
    return table.with_columns(said).select(*cells.columns, *_COLUMNS)


def distance() -> pl.Expr:
    """How far `ours` is from `published`, by eye: within 0.5 (points), within 2, beyond."""
    far = (pl.col("ours") - pl.col("published")).abs()
    near = pl.when(far <= _NEAR).then(pl.lit("within 2")).otherwise(pl.lit("beyond"))
    return pl.when(far <= _CLOSE).then(pl.lit("within 0.5")).otherwise(near)


def words(row: Mapping[str, Any]) -> str:
    """A verdict in words."""
    if row["verdict"] == "differs":
        return f"differs by {between(row)} points"
    if row["verdict"] == "consistent":
        return "consistent"
    more = row["more_images"]
    images = f"{more:,} more image{'' if more == 1 else 's'} needed"
    return f"not decided: {images}" if more else "not decided, and there are no more images"


def between(row: Mapping[str, Any]) -> str:
    """Least and greatest distance (points) of a number that differs, with the digits that tell them apart."""
    digits = 1 if row["most"] - row["least"] >= 0.1 else 2
    return f"{row['least']:.{digits}f} to {row['most']:.{digits}f}"


def _precision(cells: pl.DataFrame, basis: Basis) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Half-width of each cell's interval, the images that bring it to `SURE`, and those of the set; float (cells,)."""
    images, error = (cells[name].cast(pl.Float64).to_numpy() for name in ("images", "error"))
    whole = images if basis.population is None else np.full(len(images), float(basis.population))
    share = np.where(cells["metric"].is_in(list(basis.noisy)), 0, 1 / whole)
    tail = (1 - basis.confidence) / (2 * max(1, len(cells)))
    spread = stats.t.isf(tail, images - 1) * error * np.sqrt(images)
    half = spread * np.sqrt(np.maximum(0, 1 / images - share))
    wanted = 1 / ((SURE / np.maximum(spread, _EQUAL)) ** 2 + share)
    # Images that are all alike don't say that the others are, which may have any value from 0 to 100.
    alike = (error < _EQUAL) & (images < whole)
    half = np.where(alike, 100 * (1 - tail ** (1 / images)), half)
    return half, np.where(alike, images_alike(tail, SURE / 100), wanted), whole
