"""The published table beside the regenerated one, and the obstacles to comparing them."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from ..errors import InputError
from ..store.network import Network
from .columns import METRICS
from .verdicts import CURVES, Basis, judge

PROTOCOL = "poppi2021"  # the source whose numbers the preset makes; rows of others have another protocol
_SAMPLED = ("dataset.images", "curves.points")  # how many images, and points, were drawn: intervals know
_ROUNDING = 0.005  # of numbers with two decimals
_KEYS = ["network", "method", "source"]
Settings = Mapping[str, Any]


class Obstacle(NamedTuple):
    """Why numbers cannot be compared: all, or those of a network, a published method, some metrics."""

    reason: str
    network: str | None = None
    method: str | None = None
    metrics: tuple[str, ...] | None = None

    def stands_before(self, row: Mapping[str, Any]) -> bool:
        """Whether it concerns a row of the comparison."""
        places = (self.network in (None, row["network"]), self.method in (None, row["method"]))
        return all(places) and (self.metrics is None or row["metric"] in self.metrics)


def read(path: str | Path) -> pl.DataFrame:
    """A published table: network, method, source, and metrics in percent (floats).

    Beside each metric stands half a unit of the last digit of its numbers, `<metric>_rounding`.

    **Raises:** `InputError` for a table that is no such CSV, lacks a column, or has two rows for a network and method.
    """
    table = _texts(path)
    missing = [name for name in _KEYS if name not in table.columns]
    if missing:
        raise InputError(f"{path}: the published table lacks the column {missing[0]!r}")
    twice = table.filter(table.select("network", "method").is_duplicated())
    if len(twice):
        first = twice.row(0, named=True)
        raise InputError(f"{path}: the published table has more than one row for {first['network']}, {first['method']}")
    metrics = [name for name in METRICS if name in table.columns]
    rounding = [_rounding(pl.col(name)).alias(f"{name}_rounding") for name in metrics]
    try:
        numbers = table.with_columns(*rounding).cast(dict.fromkeys(metrics, pl.Float64))
        return numbers.with_columns(pl.selectors.float().fill_nan(None))
    except pl.exceptions.PolarsError as error:
        raise InputError(f"{path}: the published table has a metric that is no number") from error


def read_weights(path: str | Path) -> dict[str, str]:
    """The first digits of the SHA-256 of weights, by network. **Raises:** `InputError` if the file is no such CSV."""
    table = _texts(path)
    if not {"network", "sha256"} <= set(table.columns):
        raise InputError(f"{path}: needs the columns network and sha256")
    return dict(table.select("network", "sha256").drop_nulls().iter_rows())


def compare(
    summary: pl.DataFrame,
    published: pl.DataFrame,
    labels: Mapping[str, str],
    obstacles: Sequence[Obstacle],
    basis: Basis,
) -> pl.DataFrame:
    """Every published number with ours, in percent.

    **Arguments:** `summary` as `summary.summarise` makes it (fractions); `published` as `read` gives it; `labels` the
    published method's name by label of ours; `obstacles` to verdicts; `basis` of our intervals.
    **Returns:** network, method, source, label, metric, published, ours, low, high, difference, distance, verdict,
    least, most, more_images, said and reason. The verdict is one of `verdicts.JUDGED`, with the columns that
    `verdicts.judge` gives; or one without them: not run; other protocol, if the number is not of the preset's source;
    or no verdict, if an obstacle stands before the row: then `reason` names it.
    """
    table = _beside(summary, published, labels)
    reasons = ["; ".join(_reasons(row, obstacles)) or None for row in table.iter_rows(named=True)]
    table = table.with_columns(
        pl.Series("reason", reasons, pl.String), (pl.col("ours") - pl.col("published")).alias("difference")
    )
    table = table.with_columns(_barred().alias("verdict")).with_row_index()
    judged = judge(table.filter(pl.col("verdict").is_null()).drop("verdict"), basis)
    whole = pl.concat([table.filter(pl.col("verdict").is_not_null()), judged], how="diagonal_relaxed").sort("index")
    return whole.select(
        *(*_KEYS, "label", "metric", "published", "ours", "low", "high", "difference", "distance", "verdict"),
        *("least", "most", "more_images", "said", "reason"),
    )


def obstacles(
    summary: pl.DataFrame,
    networks: Mapping[str, Network],
    weights: Mapping[str, str],
    ours: Mapping[str, Any],
    preset: Mapping[str, Any],
    sample: Mapping[str, Any] | None = None,
) -> list[Obstacle]:
    """Why our numbers cannot be compared with those of the paper; empty if they can.

    **Arguments:** `summary` as `summary.summarise` makes it; `networks` facts of each; `weights` as `read_weights`
    gives them; `ours` and `preset` every setting that decides a number, in this run and in the paper's preset: `run`,
    `networks` by name, `methods` by published name; `sample` as `plan.run.sample` gives it: a random sample of the
    paper's images is no obstacle.
    """
    found, wanted = list(_of_run(ours["run"], preset["run"])), preset["run"]["dataset.images"]
    if sample and sample["of"] != wanted:
        found.append(Obstacle(f"a sample of {sample['of']:,} images, not of {wanted:,}"))
    images = dict(summary.select("network", "images").iter_rows())
    for name, number in images.items():
        if number != wanted and not sample:
            found.append(Obstacle(f"{number:,} images, not {wanted:,}", name))
        found += _of_network(name, networks[name], weights, ours["networks"][name], preset["networks"].get(name))
    for method, settings in ours["methods"].items():
        found += _of_method(method, settings, preset["methods"].get(method))
    return found


def _of_run(ours: Settings, preset: Settings) -> Iterator[Obstacle]:
    """Other settings of the whole run; how curves are drawn decides their areas alone."""
    for key, reason in _differences(ours, preset).items():
        if key not in _SAMPLED:
            yield Obstacle(reason, metrics=CURVES if key.startswith("curves.") else None)


def _of_network(
    name: str, facts: Network, weights: Mapping[str, str], ours: Settings, preset: Settings | None
) -> Iterator[Obstacle]:
    """Other settings of a network, as it was used, and other weights."""
    if preset is None:
        yield Obstacle("the paper's preset has no such network", name)
        return
    given = facts["weights"]
    if given.startswith(weights.get(name, "none")):
        given = preset["weights"]
    used = {key: value for key, value in ours.items() if key != "preprocessing"}
    used |= {f"preprocessing.{key}": value for key, value in facts["preprocessing"].items()}
    used |= {"layer": facts["layer"], "weights": given}
    for reason in _differences(used, preset).values():
        yield Obstacle(reason, name)


def _of_method(name: str, ours: Settings, preset: Settings | None) -> Iterator[Obstacle]:
    if preset is None:
        yield Obstacle("the paper's preset has no such method", method=name)
        return
    for reason in _differences(ours, preset).values():
        yield Obstacle(reason, method=name)


def _differences(ours: Settings, preset: Settings) -> dict[str, str]:
    """What is other than in the preset, in words, by key."""
    keys = [key for key in {**preset, **ours} if ours.get(key) != preset.get(key)]
    return {key: f"{key} {_said(ours.get(key))}, not {_said(preset.get(key))}" for key in keys}


def _said(value: Any) -> str:
    return "none" if value is None else str(value)


def _texts(path: str | Path) -> pl.DataFrame:
    try:
        return pl.read_csv(path, infer_schema=False)
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError) as error:
        raise InputError(f"{path}: is no CSV table") from error


def _rounding(printed: pl.Expr) -> pl.Expr:
    """Half a unit of the last printed digit; of a number with an exponent that of two decimals."""
    decimals = printed.str.extract(r"\.(\d*)\s*$").str.len_chars().fill_null(0)
    plain = printed.str.contains(r"^[\s\d.+-]*$")
    return pl.when(plain).then(0.5 * pl.lit(10.0) ** -decimals.cast(pl.Int64)).otherwise(_ROUNDING)


def _beside(summary: pl.DataFrame, published: pl.DataFrame, labels: Mapping[str, str]) -> pl.DataFrame:
    """One row per published number: it and its rounding, our label, number, standard error and images, in percent."""
    theirs, of_theirs, of_ours = _long(published, _KEYS, "published"), ["network", "method"], ["network", "label"]
    rounding = _long(published, of_theirs, "rounding", "_rounding")
    theirs = theirs.join(rounding, [*of_theirs, "metric"], "left", maintain_order="left")
    theirs = theirs.with_columns(pl.col("rounding").fill_null(_ROUNDING))
    own = summary.rename({"method": "label"}).with_columns(pl.selectors.float() * 100)
    ours = _long(own, [*of_ours, "images"], "ours").join(_long(own, of_ours, "error", "_se"), [*of_ours, "metric"])
    names = {"label": list(labels), "method": list(labels.values())}
    ours = ours.join(pl.DataFrame(names, schema=dict.fromkeys(names, pl.String)), "label")
    return theirs.join(ours, [*of_theirs, "metric"], "left", maintain_order="left")


def _long(table: pl.DataFrame, keys: list[str], value: str, ending: str = "") -> pl.DataFrame:
    """One row per metric, in the order of tables, of the columns with an ending."""
    metrics = {f"{name}{ending}": name for name in METRICS if f"{name}{ending}" in table.columns}
    found = table.select(*keys, *metrics).rename(metrics if ending else {})
    return found.unpivot(list(metrics.values()), index=keys, variable_name="metric", value_name=value)


def _reasons(row: Mapping[str, Any], obstacles: Sequence[Obstacle]) -> Iterator[str]:
    if row["ours"] is not None and row["source"] == PROTOCOL:
        yield from ["not published"] * (row["published"] is None)
        yield from ["one image has no interval"] * (row["error"] is None)
        yield from (obstacle.reason for obstacle in obstacles if obstacle.stands_before(row))


def _barred() -> pl.Expr:
    """Why a row is not judged; null if it is."""
    return (
        pl.when(pl.col("ours").is_null())
        .then(pl.lit("not run"))
        .when(pl.col("source").ne_missing(PROTOCOL))
        .then(pl.lit("other protocol"))
        .when(pl.col("reason").is_not_null())
        .then(pl.lit("no verdict"))
    )
