"""What a run's tests allow to be said of its methods: who leads, which differences are real, who beats the controls."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from .columns import METRICS

_EQUAL = 10  # decimals beyond which values differ by rounding alone


@dataclass(frozen=True)
class Standing:
    """What can be said of one network's methods by one metric, all by name.

    - `images` of the network; None of what follows says anything of others if there is one alone.
    - `ranked`: methods that are no controls and have a value, the best first; `unknown`: those that have none.
    - `level`: those of `ranked`, the leader among them, whose difference from the leader is not real.
    - `best_control`: None if there is no control.
    - `beating`: methods of `ranked` that are better than every control, each by a real difference.
    - `losing`: those that are worse than a control, by a real difference.
    - `real`, `pairs`: how many of all pairs of methods, controls included, differ by a real difference.
    """

    network: str
    metric: str
    images: int
    ranked: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    best_control: str | None = None
    beating: tuple[str, ...] = ()
    losing: tuple[str, ...] = ()
    real: int = 0
    pairs: int = 0

    @property
    def tested(self) -> bool:
        """Whether there is a test of any difference: it takes two images and two methods."""
        return self.images > 1 and self.pairs > 0


def metric_of(summary: pl.DataFrame) -> str | None:
    """The metric that methods are ranked by: ADCC, or the first that the run has where it has no ADCC; None if none."""
    known = [name for name in METRICS if name in summary.columns and summary[name].is_not_null().any()]
    return next((name for name in ("adcc", *known) if name in known), None)


def standings(
    summary: pl.DataFrame, pairwise: pl.DataFrame, controls: Collection[str], metric: str, confidence: float
) -> list[Standing]:
    """The standing of each network's methods, in the order of the summary.

    A difference is real if its p, corrected for all pairs of the network's methods (Holm, 1979), is below
    1 - `confidence`.

    **Arguments:** `summary` as `summarise` makes it; `pairwise` as `compare` makes it; `controls` names of the methods
    that explain nothing; `confidence` in (0, 1).
    """
    networks = summary["network"].unique(maintain_order=True)
    return [
        _of_network(
            summary.filter(network=name), pairwise.filter(network=name, metric=metric), controls, metric, 1 - confidence
        )
        for name in networks
    ]


def leaders(standings: Sequence[Standing]) -> dict[str, int]:
    """On how many networks each method is first or not really behind the first, the most frequent first.

    Of networks where nothing was tested nothing is counted.
    """
    counts: dict[str, int] = {}
    for name in (name for standing in standings if standing.tested for name in standing.level):
        counts[name] = counts.get(name, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: -item[1]))


class _Differences:
    """Real differences of one network's methods: by pair, by how much the first is better than the second."""

    def __init__(self, pairwise: pl.DataFrame, metric: str, level: float) -> None:
        sign = 1 if METRICS[metric].higher_is_better else -1
        self._better: dict[tuple[str, str], float] = {}
        for row in pairwise.filter(pl.col("p_holm") < level).iter_rows(named=True):
            self._better[row["method_a"], row["method_b"]] = sign * row["difference"]
            self._better[row["method_b"], row["method_a"]] = -sign * row["difference"]

    def __len__(self) -> int:
        return len(self._better) // 2

    def is_better(self, method: str, other: str) -> bool:
        return self._better.get((method, other), 0) > 0


def _of_network(
    summary: pl.DataFrame, pairwise: pl.DataFrame, controls: Collection[str], metric: str, level: float
) -> Standing:
    values = dict(summary.select("method", metric).iter_rows())
    order = _best_first(values, metric)
    ranked = [name for name in order if name not in controls]
    told = [name for name in order if name in controls]
    real = _Differences(pairwise, metric, level)
    return Standing(
        network=summary["network"][0],
        metric=metric,
        images=int(summary["images"][0]),
        ranked=tuple(ranked),
        unknown=tuple(name for name, value in values.items() if value is None and name not in controls),
        level=tuple(name for name in ranked if not real.is_better(ranked[0], name)),
        best_control=told[0] if told else None,
        beating=tuple(_those(ranked, lambda name: bool(told) and all(real.is_better(name, one) for one in told))),
        losing=tuple(_those(ranked, lambda name: any(real.is_better(one, name) for one in told))),
        real=len(real),
        pairs=len(pairwise.filter(pl.col("p_holm").is_not_null())),
    )


def _best_first(values: Mapping[str, float | None], metric: str) -> list[str]:
    """Methods that have a value, the best first; equal ones in their order."""
    sign = -1 if METRICS[metric].higher_is_better else 1
    known = {name: round(sign * value, _EQUAL) for name, value in values.items() if value is not None}
    return sorted(known, key=lambda name: known[name])


def _those(names: Sequence[str], holds: Any) -> Iterator[str]:
    return (name for name in names if holds(name))
