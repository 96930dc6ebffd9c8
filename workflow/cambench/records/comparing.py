"""Compare records of several sources: what differs, whether it matters, and by how much the means differ."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from ..config.metrics import is_metric
from ..errors import InputError, shown, suggestion
from ..results import comparison
from ..results.bootstrap import Bootstrap, resample
from . import differing
from .read import Record, Source

PAIRED, UNPAIRED, EQUAL, UNKNOWN = "paired", "unpaired", "equal", "no interval"
HOW = {
    PAIRED: "from both per-image tables, on the images that both have (paired bootstrap)",
    UNPAIRED: "from both standard errors, as if other images had been drawn; too wide where some are the same",
    EQUAL: "every image has the same value in both, to six decimals",
    UNKNOWN: "pairing equal images takes both runs' folders; one image has none",
}
_SCHEMA = {
    **dict.fromkeys(("first", "second", "network", "method", "metric"), pl.String),
    **dict.fromkeys(("value_first", "value_second", "difference", "low", "high"), pl.Float64),
    "images": pl.Int64,
    "how": pl.String,
}


@dataclass(frozen=True)
class Pair:
    """Two records of the same thing: the sources that they come from, and what people call it."""

    first: Source
    second: Source
    key: tuple[str, str]
    records: tuple[Record, Record]

    @property
    def name(self) -> str:
        """Method and network, as the first source names them."""
        return f"{self.key[1]} on {self.key[0]}"


def pairs(sources: Sequence[Source]) -> list[Pair]:
    """The records of the first source with those of each other one, where names of network and method agree.

    Two sources of one record each are compared whatever their names are.
    **Raises:** `InputError` if a source has nothing to compare with the first.
    """
    first, found = sources[0], list[Pair]()
    for other in sources[1:]:
        if len(first.records) == len(other.records) == 1:
            (key, one), (_, two) = *first.records.items(), *other.records.items()
            found.append(Pair(first, other, key, (one, two)))
            continue
        common = [key for key in first.records if key in other.records]
        if not common:
            raise InputError(f"{first.name} and {other.name} have no network and method of the same names")
        found += [Pair(first, other, key, (first.records[key], other.records[key])) for key in common]
    return found


def alone(sources: Sequence[Source], compared: Sequence[Pair]) -> dict[str, list[str]]:
    """What of each source is compared with nothing: methods on a network, one text per network."""
    used = {id(record) for pair in compared for record in pair.records}
    found: dict[str, dict[str, list[str]]] = {}
    for source in sources:
        for (network, method), record in source.records.items():
            if id(record) not in used:
                found.setdefault(source.name, {}).setdefault(network, []).append(method)
    return {
        name: [f"{_some(methods)} on {network}" for network, methods in left.items()] for name, left in found.items()
    }


def refusals(compared: Sequence[Pair]) -> list[str]:
    """One line for each version that differs, with what it is about."""
    lines: dict[str, list[str]] = {}
    for pair in compared:
        for line in differing.refusals(*pair.records):
            lines.setdefault(f"{pair.first.name} and {pair.second.name}: {line}", []).append(pair.name)
    return [f"{line} ({_some(names)})" for line, names in lines.items()]


def table(compared: Sequence[Pair], metrics: Sequence[str] | None = None) -> pl.DataFrame:
    """Means and their differences, second less first, fractions: one row per pair and metric that both have.

    **Arguments:** `metrics` some of them; None for all. **Raises:** `InputError` for a metric that no pair has.
    **Returns:** first, second (names of sources), network, method, metric, value_first, value_second, difference with
    `low` and `high` (null where no interval is known), images that it rests on, and `how`, one of `HOW`.
    """
    found = pl.DataFrame([row for pair in compared for row in _rows(pair)], schema=_SCHEMA)
    known = found["metric"].unique(maintain_order=True).to_list()
    for name in metrics or ():
        if name not in known:
            raise InputError(f"no metric {shown(name)} in both{suggestion(name, known)}; there are {', '.join(known)}")
    return found.filter(pl.col("metric").is_in(list(metrics or known)))


def _rows(pair: Pair) -> Iterator[dict[str, Any]]:
    """Rows of a pair; paired where both per-image tables are at hand and have images in common."""
    one, two = pair.records
    names = {"first": pair.first.name, "second": pair.second.name, "network": pair.key[0], "method": pair.key[1]}
    paired = _paired(pair)
    for metric in [name for name in one["values"] if name in two["values"]]:
        a, b = one["values"][metric], two["values"][metric]
        found = paired.get(metric) or _from_records(a, b, one, two)
        yield {**names, "metric": metric, "value_first": a["mean"], "value_second": b["mean"], **found}


def _from_records(a: dict[str, Any], b: dict[str, Any], one: Record, two: Record) -> dict[str, Any]:
    """What two records tell of a difference by themselves."""
    images, same = min(one["data"]["images"], two["data"]["images"]), one["data"]["digest"] == two["data"]["digest"]
    if a["mean"] is None or b["mean"] is None:
        return {"difference": None, "low": None, "high": None, "images": images, "how": UNKNOWN}
    difference = b["mean"] - a["mean"]
    if same and a["digest"] == b["digest"] and abs(difference) < 1e-6:
        return {"difference": 0.0, "low": 0.0, "high": 0.0, "images": images, "how": EQUAL}
    if same or a["se"] is None or b["se"] is None:
        return {"difference": difference, "low": None, "high": None, "images": images, "how": UNKNOWN}
    tail = (1 - one["intervals"]["confidence"]) / 2
    half = float(stats.t.isf(tail, max(1, images - 1))) * math.hypot(a["se"], b["se"])
    ends = {"low": difference - half, "high": difference + half}
    return {"difference": difference, **ends, "images": images, "how": UNPAIRED}


def _paired(pair: Pair) -> dict[str, dict[str, Any]]:
    """Differences by metric on the images that both runs have; nothing if there are none, or a run is not at hand."""
    if pair.first.run is None or pair.second.run is None:
        return {}
    one, two = (_values(source, record) for source, record in zip((pair.first, pair.second), pair.records, strict=True))
    common = one.select("sha256").join(two.select("sha256"), "sha256").sort("sha256").with_row_index("image")
    metrics = [name for name in one.columns if name in two.columns and name != "sha256"]
    if not len(common) or not metrics:
        return {}
    parts = [
        common.join(frame, "sha256").select(
            pl.lit("x").alias("network"), pl.lit(label).alias("method"), "image", *metrics
        )
        for label, frame in (("second", two), ("first", one))
    ]
    settings = Bootstrap(**pair.records[0]["intervals"])
    drawn = resample(pl.concat(parts, how="vertical_relaxed"), ["x"], ["second", "first"], settings, metrics)["x"]
    found = comparison.pairwise(drawn).fill_nan(None).iter_rows(named=True)
    return {row["metric"]: _row(row, drawn.means[row["metric"]], len(common)) for row in found}


def _row(row: dict[str, Any], means: np.ndarray, images: int) -> dict[str, Any]:
    """A paired difference, with both means over the images that it rests on; `means` of second and first."""
    second, first = (None if np.isnan(mean) else float(mean) for mean in means)
    ends = {key: row[key] for key in ("difference", "low", "high")}
    return {"value_first": first, "value_second": second, **ends, "images": images, "how": PAIRED}


def _values(source: Source, record: Record) -> pl.DataFrame:
    """The images' values by their SHA-256; a picture that is there twice counts once."""
    run = source.run
    assert run is not None
    name, label = record["network"]["name"], record["method"]["label"]
    frame = run.scan().filter(pl.col("network") == name, pl.col("method") == label).collect()
    known = [name for name in frame.columns if is_metric(name)]
    named = run.manifest.select("image", "sha256").unique("sha256", keep="first", maintain_order=True)
    return (
        named.join(frame.select("image", *known), "image")
        .drop("image")
        .with_columns(pl.col(known).cast(pl.Float64).fill_null(np.nan))
    )


def _some(names: Sequence[str]) -> str:
    """Some names, and how many more there are."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
