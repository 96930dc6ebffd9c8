"""What metrics say of methods when they are taken together: ranks by criterion, and gains over controls."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from ..metrics._contract import CRITERIA
from .columns import METRICS

OVERALL = "overall"
GROUPS = (*CRITERIA, OVERALL)
_SEVERAL = "several"
AGAIN = "adcc_per_image"  # ADCC once more
_EQUAL = 1e-10  # below which values differ by rounding alone
_SPREAD = {
    "mean": pl.col("rank").mean(),
    "sd": pl.col("rank").std(),
    "best": pl.col("rank").min(),
    "worst": pl.col("rank").max(),
    "ranks": pl.col("rank").count(),
}


@dataclass(frozen=True)
class Known:
    """What is known of a run's methods, all by label.

    - `controls`: those that explain nothing; `random` and `edges`: the random maps and the edges among them.
    - `ladders`: of each method whose maps were degraded, the shares of shuffled cells, 0 to 1, by label.
    """

    controls: Sequence[str] = ()
    random: Sequence[str] = ()
    edges: Sequence[str] = ()
    ladders: Sequence[Mapping[str, float]] = field(default_factory=tuple)


def ranks_by_criterion(ranks: pl.DataFrame) -> pl.DataFrame:
    """Mean and spread of each method's ranks (1 is best) by the metrics of each criterion.

    ADCC is made of metrics that have criteria of their own. So it stands alone, as `several`, and the overall rank, the
    mean of the means by criterion, leaves it out. `adcc_per_image` is not counted at all.

    **Arguments:** `ranks` as `compare` makes it.
    **Returns:** network (null for all of them, if there are several), criterion (`overall` the last), method, `mean`;
    `sd`, standard deviation, null of one rank; `best`, `worst`; `ranks`, how many are known. Of `overall` these are the
    means by criterion.
    """
    criteria = {name: column.criterion for name, column in METRICS.items()}
    ranks = ranks.filter(pl.col("metric") != AGAIN).with_columns(
        pl.col("rank").cast(pl.Float64), pl.col("metric").replace_strict(criteria).alias("criterion")
    )
    networks: list[Any] = ranks["network"].unique(maintain_order=True).to_list()
    parts = [(name, ranks.filter(network=name)) for name in networks]
    parts += [(None, ranks)] * (len(networks) > 1)
    return pl.concat([_of_criterion(network, *found) for network, part in parts for found in _by_criterion(part)])


def gains(summary: pl.DataFrame, known: Known) -> pl.DataFrame:
    """How far each method is from a control towards the best method: (score - control) / (best - control).

    The best is that of the methods that are no controls, because a map that hides nothing wins Average Drop. Of several
    such controls the mean counts. Where no method is better than the control, there is no gain.

    **Arguments:** `summary` as `summarise` makes it.
    **Returns:** network, metric, method, `value`; `over_random` and `over_edges`: 0 as good as the control, 1 as good
    as the best method, negative if worse than the control; null if unknown, or if the run has no such control.
    """
    metrics = [name for name in METRICS if name in summary.columns]
    parts = [
        _gains(part, str(network), name, known)
        for (network,), part in summary.group_by(["network"], maintain_order=True)
        for name in metrics
    ]
    return pl.concat(parts).fill_nan(None)


def _by_criterion(ranks: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    """Ranks with their criterion, and at last the means by criterion as if they were ranks."""
    present = [name for name in CRITERIA if (ranks["criterion"] == name).any()]
    for name in present:
        yield name, ranks.filter(criterion=name)
    several = pl.col("criterion") == _SEVERAL
    means = ranks.group_by(["criterion", "method"], maintain_order=True).agg(pl.col("rank").mean())
    if present != [_SEVERAL]:
        yield OVERALL, means.filter(~several)


def _of_criterion(network: str | None, criterion: str, ranks: pl.DataFrame) -> pl.DataFrame:
    table = ranks.group_by("method", maintain_order=True).agg(**_SPREAD)
    return table.select(pl.lit(network, pl.String).alias("network"), pl.lit(criterion).alias("criterion"), pl.all())


def _gains(part: pl.DataFrame, network: str, metric: str, known: Known) -> pl.DataFrame:
    values, methods = part[metric].cast(pl.Float64).fill_null(np.nan).to_numpy(), part["method"]
    sign = 1 if METRICS[metric].higher_is_better else -1
    scores = sign * values[~methods.is_in(known.controls).to_numpy() & np.isfinite(values)]
    columns: dict[str, Any] = {"network": network, "metric": metric, "method": methods, "value": values}
    for name, labels in (("over_random", known.random), ("over_edges", known.edges)):
        reached = sign * values[methods.is_in(labels).to_numpy()]
        columns[name] = _gain(sign * values, reached, scores)
    return pl.DataFrame(columns)


def _gain(values: np.ndarray, reached: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Gains of values of which the higher are better; NaN where no score is better than the controls' mean."""
    control = reached.mean() if len(reached) else np.nan
    width = scores.max() - control if len(scores) else np.nan
    return (values - control) / width if width > _EQUAL else np.full(len(values), np.nan)
