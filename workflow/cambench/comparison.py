"""Stage `comparison`: which differences between methods are more than chance, and how firm their order is."""

from itertools import combinations

import numpy as np
import polars as pl
from scipy import stats

from .bootstrap import interval, resampled
from .definitions import HIGHER_IS_BETTER


def compare(frame: pl.DataFrame, models: list[str], methods: list[str], bootstrap: dict) -> dict[str, pl.DataFrame]:
    """Paired differences, ranks and agreement of metrics, all from the same resamples of the images.

    **Arguments:** `frame` the per-image table; `bootstrap` with resamples, confidence and seed.
    **Returns:** tables, with a row for each model and metric and

    - `pairwise`: two methods a, b: difference a - b (a fraction) with `low` and `high`; two-sided `p` of no
      difference, from Student's t with images - 1 degrees of freedom and the bootstrap's standard error; `p_holm`,
      corrected for all pairs of methods (Holm, 1979).
    - `ranks`: a method: its rank (1 is best), `low` and `high` of its rank over resamples, and `first`, the share of
      resamples in which it is first (ties share it).
    - `kendall`: another metric: Kendall's tau-b between the two orders of the methods, with `low` and `high`.
    """
    parts: dict[str, list[pl.DataFrame]] = {"pairwise": [], "ranks": [], "kendall": []}
    for model in models:
        rows = frame.filter(pl.col("model") == model)
        means, samples = resampled(rows, methods, bootstrap)
        images, confidence = rows["image"].n_unique(), bootstrap["confidence"]
        found = {
            "pairwise": _pairwise(means, samples, methods, images, confidence),
            "ranks": _ranks(means, samples, methods, confidence),
            "kendall": _kendall(means, samples, confidence),
        }
        for name, table in found.items():
            parts[name].append(table.select(pl.lit(model).alias("model"), pl.all()).fill_nan(None))
    return {name: pl.concat(tables) for name, tables in parts.items()}


def holm(p: np.ndarray) -> np.ndarray:
    """P-values of a family of tests, corrected by Holm's step-down procedure (1979)."""
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(stepped, 1)
    return corrected


def _pairwise(means: dict, samples: dict, methods: list[str], images: int, confidence: float) -> pl.DataFrame:
    pairs = np.array(list(combinations(range(len(methods)), 2)), int).reshape(-1, 2)
    tables = []
    for name, value in means.items():
        difference = value[pairs[:, 0]] - value[pairs[:, 1]]
        drawn = samples[name][:, pairs[:, 0]] - samples[name][:, pairs[:, 1]]
        low, high = interval(drawn, confidence)
        p = _p_values(difference, drawn.std(0, ddof=1), images)
        known = np.isfinite(p)
        corrected = np.full(len(p), np.nan)
        corrected[known] = holm(p[known])
        names = {key: [methods[place] for place in pairs[:, side]] for side, key in enumerate(("method_a", "method_b"))}
        columns = {"difference": difference, "low": low, "high": high, "p": p, "p_holm": corrected}
        tables.append(pl.DataFrame({"metric": [name] * len(pairs), **names, **columns}, schema_overrides=_TEXT))
    return pl.concat(tables)


_TEXT = dict.fromkeys(("metric", "method_a", "method_b"), pl.String)


def _p_values(difference: np.ndarray, error: np.ndarray, images: int) -> np.ndarray:
    """Two-sided p of no difference; 1 where both methods agree on every image."""
    error = np.where(error < 1e-12, 0, error)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where((error == 0) & (np.abs(difference) < 1e-12), 0, np.abs(difference) / error)
    return 2 * stats.t.sf(t, max(images - 1, 1))


def _ranks(means: dict, samples: dict, methods: list[str], confidence: float) -> pl.DataFrame:
    tables = []
    for name, value in means.items():
        rank, drawn = _rank(name, value[None])[0], _rank(name, samples[name])
        best = drawn == np.fmin.reduce(drawn, 1, keepdims=True)
        low, high = interval(drawn, confidence)
        columns = {
            "rank": rank,
            "low": low,
            "high": high,
            "first": (best / np.maximum(best.sum(1, keepdims=True), 1)).mean(0),
        }
        tables.append(pl.DataFrame({"metric": [name] * len(methods), "method": methods, **columns}))
    return pl.concat(tables)


def _rank(name: str, values: np.ndarray) -> np.ndarray:
    """Ranks along the last axis, 1 the best, ties averaged, unknown values unranked."""
    return stats.rankdata(_oriented(name, values), axis=-1, nan_policy="omit")


def _oriented(name: str, values: np.ndarray) -> np.ndarray:
    """Values of which the lower are better, without the noise that rounding puts on ties."""
    return np.round(-values if HIGHER_IS_BETTER[name] else values, 10)


def _kendall(means: dict, samples: dict, confidence: float) -> pl.DataFrame:
    """Tau-b between metrics, over the methods for which every metric is known."""
    known = np.isfinite(np.stack(list(means.values()))).all(0)
    signs = {name: _signs(name, np.vstack([means[name], samples[name]])[:, known]) for name in means}
    size = {name: np.sqrt((sign**2).sum(1)) for name, sign in signs.items()}
    rows = []
    for a, b in combinations(means, 2):
        product = size[a] * size[b]  # 0 where all methods are equal: no order, and no tau
        tau = np.where(product > 0, (signs[a] * signs[b]).sum(1) / np.where(product > 0, product, 1), np.nan)
        tau = np.clip(tau, -1, 1)
        drawn = tau[1:][np.isfinite(tau[1:])]
        low, high = interval(drawn, confidence) if len(drawn) else (np.nan, np.nan)
        rows.append({"metric": a, "other": b, "tau": float(tau[0]), "low": float(low), "high": float(high)})
    return pl.DataFrame(rows)


def _signs(name: str, values: np.ndarray) -> np.ndarray:
    """Which of each pair of methods is better, float (resamples, pairs)."""
    oriented = _oriented(name, values)
    i, j = np.triu_indices(oriented.shape[1], 1)
    return np.sign(oriented[:, i] - oriented[:, j])
