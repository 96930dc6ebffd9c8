"""Which differences between methods are more than chance, how stable their order is, and how far metrics agree."""

from collections.abc import Mapping
from itertools import combinations
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

from .bootstrap import Resampled, interval, standard_error
from .columns import METRICS

_TEXT = dict.fromkeys(("metric", "method_a", "method_b"), pl.String)


class Comparison(NamedTuple):
    """Three tables, each with the columns network and metric; unknown values are null.

    - `pairwise`: per pair of methods a, b: difference a - b (a fraction) with `low` and `high`; two-sided `p` of no
      difference, from Student's t with images - 1 degrees of freedom and the bootstrap's standard error; `p_holm`,
      corrected for all pairs of methods (Holm, 1979).
    - `ranks`: per method: its rank (1 is best), `low` and `high` of its rank over resamples, and `first`, the share of
      resamples in which it is first (ties share it).
    - `kendall`: per other metric: Kendall's tau-b between the two orders of the methods, with `low` and `high`.

    One image tells nothing of others: intervals, p and `first` are unknown then.
    """

    pairwise: pl.DataFrame
    ranks: pl.DataFrame
    kendall: pl.DataFrame


def compare(resampled: Mapping[str, Resampled]) -> Comparison:
    """Paired differences, ranks and agreement of metrics, all from the same resamples of the images.

    **Arguments:** `resampled` by network.
    """
    tables = [_of_network(network, found) for network, found in resampled.items()]
    return Comparison(*(pl.concat(parts) for parts in zip(*tables, strict=True)))


def holm(p: np.ndarray) -> np.ndarray:
    """P-values of a family of tests, corrected by Holm's step-down procedure (1979)."""
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1)
    return corrected


def _of_network(network: str, found: Resampled) -> list[pl.DataFrame]:
    tables = (pairwise(found), _ranks(found), _kendall(found))
    return [table.select(pl.lit(network).alias("network"), pl.all()).fill_nan(None) for table in tables]


def pairwise(found: Resampled) -> pl.DataFrame:
    """Differences of each pair of one network's methods, as `Comparison` has them, of any metric; NaN where unknown."""
    pairs = np.array(list(combinations(range(len(found.methods)), 2)), int).reshape(-1, 2)
    a, b = pairs.T
    names = {key: [found.methods[place] for place in places] for key, places in (("method_a", a), ("method_b", b))}
    tables = []
    for name, mean in found.means.items():
        difference, drawn = mean[a] - mean[b], found.samples[name][:, a] - found.samples[name][:, b]
        images = found.images_of(name)
        low, high = interval(drawn, found.confidence, images)
        p = _p_values(difference, standard_error(drawn, images), images)
        columns = {"difference": difference, "low": low, "high": high, "p": p, "p_holm": _corrected(p)}
        tables.append(pl.DataFrame({"metric": [name] * len(pairs), **names, **columns}, schema_overrides=_TEXT))
    return pl.concat(tables)


def _p_values(difference: np.ndarray, error: np.ndarray, images: int) -> np.ndarray:
    """Two-sided p of no difference; 1 where both methods agree on every image, NaN of one image."""
    error = np.where(error < 1e-12, 0, error)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((error == 0) & (np.abs(difference) < 1e-12), 0, np.abs(difference) / error)
    return np.asarray(2 * stats.t.sf(t, images - 1))


def _corrected(p: np.ndarray) -> np.ndarray:
    """Holm's correction over the pairs whose p is known."""
    known = np.isfinite(p)
    corrected = np.full(len(p), np.nan)
    corrected[known] = holm(p[known])
    return corrected


def _ranks(found: Resampled) -> pl.DataFrame:
    tables = []
    for name, mean in found.means.items():
        rank, drawn = _rank(name, mean[None])[0], _rank(name, found.samples[name])
        best = drawn == np.fmin.reduce(drawn, 1, keepdims=True)
        first = (best / np.maximum(best.sum(1, keepdims=True), 1)).mean(0)
        images = found.images_of(name)
        first = first if images > 1 else np.full(len(first), np.nan)
        low, high = interval(drawn, found.confidence, images)
        columns = {"rank": rank, "low": low, "high": high, "first": first}
        tables.append(pl.DataFrame({"metric": [name] * len(rank), "method": found.methods, **columns}))
    return pl.concat(tables)


def _rank(name: str, values: np.ndarray) -> np.ndarray:
    """Ranks along the last axis, 1 the best, ties averaged, unknown values unranked."""
    return stats.rankdata(_oriented(name, values), axis=-1, nan_policy="omit")


def _oriented(name: str, values: np.ndarray) -> np.ndarray:
    """Values of which the lower are better, without the noise that rounding puts on ties."""
    return np.round(-values if METRICS[name].higher_is_better else values, 10)


def _kendall(found: Resampled) -> pl.DataFrame:
    """Tau-b between metrics, over the methods for which every metric is known."""
    known = np.isfinite(np.stack(list(found.means.values()))).all(0)
    signs = {name: _signs(name, np.vstack([mean, found.samples[name]])[:, known]) for name, mean in found.means.items()}
    rows = []
    for a, b in combinations(found.means, 2):
        tau = _tau(signs[a], signs[b])
        drawn = tau[1:][np.isfinite(tau[1:])]
        images = found.images_of(a, b)
        low, high = interval(drawn, found.confidence, images) if len(drawn) else (np.nan, np.nan)
        rows.append({"metric": a, "other": b, "tau": float(tau[0]), "low": float(low), "high": float(high)})
    return pl.DataFrame(rows)


def _signs(name: str, values: np.ndarray) -> np.ndarray:
    """Which of each pair of methods is better, float (resamples, pairs)."""
    oriented = _oriented(name, values)
    i, j = np.triu_indices(oriented.shape[1], 1)
    return np.sign(oriented[:, i] - oriented[:, j])


def _tau(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Tau-b of each row of signs (resamples, pairs); NaN where all methods are equal, which is no order."""
    product = np.sqrt((a**2).sum(1)) * np.sqrt((b**2).sum(1))
    tau = np.where(product > 0, (a * b).sum(1) / np.where(product > 0, product, 1), np.nan)
    return np.clip(tau, -1, 1)
