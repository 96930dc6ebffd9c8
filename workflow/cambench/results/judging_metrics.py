"""How far each metric can be trusted: whether images agree on its order, and whether it sees that maps get worse."""

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from scipy import stats

from .bootstrap import measured
from .columns import COLUMNS, METRICS
from .judging import Known

_FEWEST = 3  # steps of a ladder that has an order
_DECIMALS = 10  # beyond which values differ by rounding alone


def judge(frame: pl.DataFrame | pl.LazyFrame, summary: pl.DataFrame, known: Known) -> pl.DataFrame:
    """What speaks for each metric.

    `alpha` is about the methods that are no controls, because images easily agree on maps that explain nothing. It is
    that of the images' own values, of ADCC too.

    **Arguments:** `frame` the per-image table, read one network at a time; `summary` as `summarise` makes it.
    **Returns:** network, metric, criterion; `methods` that `alpha` is about, which have a value on every image that the
    metric was measured on;
    `alpha`: agreement of images on the order of these methods, 1 fully, 0 as by chance; `ladders`: methods whose maps
    are there with at least three shares of shuffled cells; `spearman`: mean over ladders of the rank correlation of the
    share with how bad the metric's mean is, 1 if every step looks worse. Null where it is not known.
    """
    names = [name for name in COLUMNS if name in summary.columns]
    needed, rows = frame.lazy().select("network", "method", "image", *names), []
    for network in summary["network"].unique(maintain_order=True):
        images = needed.filter(pl.col("network") == network, ~pl.col("method").is_in(known.controls)).sort("image")
        by_method = images.collect().partition_by("method")
        means = summary.filter(network=network)
        rows += [{"network": network, **_of_metric(name, by_method, means, known.ladders)} for name in names]
    return pl.DataFrame(rows, infer_schema_length=None).cast({"alpha": pl.Float64, "spearman": pl.Float64})


def krippendorff(values: np.ndarray) -> float:
    """Krippendorff's alpha for ordinal values (Content Analysis, 2004, chapter 11).

    The ordinal difference of two values is that of their mean ranks among all values. So alpha is one minus the
    variance of these ranks within units over that of all.

    **Arguments:** `values` float (raters, units), NaN where a rater says nothing; units with fewer than two values are
    left out. **Returns:** at most 1, of full agreement; 0 of agreement as by chance; NaN where all values are equal.
    """
    values = values[:, np.isfinite(values).sum(0) > 1]
    ranks = np.full(values.shape, np.nan)
    known = np.isfinite(values)
    ranks[known] = stats.rankdata(values[known])
    count, total = known.sum(0), ranks[known].var(ddof=1) if known.any() else 0.0
    if total == 0:
        return float("nan")
    within = (count * np.nanvar(ranks, axis=0, ddof=1)).sum() / count.sum()
    return float(1 - within / total)


def agreement(values: np.ndarray) -> float:
    """Whether images agree on the order of methods: alpha of the methods' ranks by each image (Tomsett et al., 2020).

    **Arguments:** `values` float (images, methods), all known. **Returns:** as `krippendorff`; NaN of one image or one
    method.
    """
    if min(values.shape) < 2:
        return float("nan")
    return krippendorff(stats.rankdata(np.round(values, _DECIMALS), axis=1))


def descent(shares: Sequence[float], badness: Sequence[float]) -> float:
    """Spearman's correlation of shuffled shares with how bad a metric finds them; NaN of less than three shares.

    It is also NaN where all are equally bad.
    """
    bad = np.round(badness, _DECIMALS)
    if len(set(shares)) < _FEWEST or np.ptp(bad) == 0:
        return float("nan")
    return float(np.corrcoef(stats.rankdata(shares), stats.rankdata(bad))[0, 1])


def _of_metric(
    metric: str, by_method: Sequence[pl.DataFrame], means: pl.DataFrame, ladders: Sequence[Mapping[str, float]]
) -> dict[str, object]:
    column, values = METRICS[metric], [part[metric].cast(pl.Float64).to_numpy() for part in by_method]
    asked = measured(np.stack(values, 1)) if values else np.zeros(0, bool)
    known = [each[asked] for each in values if np.isfinite(each[asked]).all()]
    alpha = agreement(np.stack(known, 1)) if known else np.nan
    sign = -1 if column.higher_is_better else 1
    bad = {name: sign * value for name, value in means.select("method", metric).drop_nulls().iter_rows()}
    seen = [value for ladder in ladders if np.isfinite(value := descent(*_steps(ladder, bad)))]
    return {
        **{"metric": metric, "criterion": column.criterion, "methods": len(known)},
        **{"alpha": alpha if np.isfinite(alpha) else None, "ladders": len(seen)},
        "spearman": float(np.mean(seen)) if seen else None,
    }


def _steps(ladder: Mapping[str, float], bad: Mapping[str, float]) -> tuple[list[float], list[float]]:
    """Shares, and how bad each is, of the labels whose value is known."""
    known = [name for name in ladder if name in bad]
    return [ladder[name] for name in known], [bad[name] for name in known]
