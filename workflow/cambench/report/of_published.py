"""Caption of the published table: what its signs and intervals mean, and why some rows, or all, have no verdict."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from ..results.columns import METRICS
from ..results.published import Obstacle
from ..results.verdicts import JUDGED, SURE, Basis
from .captions import counts

_SIGNS = {
    "consistent": "= consistent: the published value, with its rounding, lies in our interval, which reaches at most"
    f" {SURE:g} points to either side",
    "differs": "≠ differs: it lies outside, by the least to the greatest distance (points)",
    "not decided": f"? not decided: it lies in our interval, which reaches beyond {SURE:g} points, but would not with"
    " so many more images",
}


def short(table: pl.DataFrame) -> str:
    """The caption that stands at the table: what its cells hold, and what the signs in them mean.

    **Arguments:** `table` as `results.published` makes it.
    """
    return " ".join(["Published / regenerated (difference), in percent and percentage points.", *_signs(table)])


def caption(
    table: pl.DataFrame,
    obstacles: Sequence[Obstacle],
    networks: Mapping[str, str],
    summary: pl.DataFrame,
    basis: Basis,
) -> str:
    """One paragraph, which `short` is the start of.

    **Arguments:** `table` and `obstacles` as `results.published` makes them; `networks` titles by name; `summary` of
    our numbers; `basis` of their intervals.
    """
    verdicts = set(table["verdict"])
    ours = summary.join(
        table.select("network", pl.col("label").alias("method")).unique(), ["network", "method"], "semi"
    )
    lines = [*_barred(table, obstacles, networks), *_others(table)]
    sentences = [
        short(table),
        *_intervals(table.filter(pl.col("verdict").is_in(JUDGED)), ours, basis),
        *["– not run."] * ("not run" in verdicts),
        *[f"No verdict is given: {'; '.join(lines)}."] * bool(lines),
        *[counts(ours, int(ours["images"].sum()))] * bool(len(ours)),
    ]
    return " ".join(sentences)


def _signs(table: pl.DataFrame) -> Iterator[str]:
    """What the signs mean that the table has."""
    if signs := [text for verdict, text in _SIGNS.items() if verdict in set(table["verdict"])]:
        yield f"{'; '.join(signs)}."


def _intervals(judged: pl.DataFrame, ours: pl.DataFrame, basis: Basis) -> Iterator[str]:
    """How the intervals were made that verdicts go by."""
    if not len(judged):
        return
    titles = [METRICS[name].title for name in basis.noisy if name in set(judged["metric"])]
    student = f"Student's, {100 * basis.confidence:g} % for all {len(judged)} verdicts together (Bonferroni)"
    if basis.population:
        images = min(ours["images"])
        factor = f"for the whole set, of which {images:,} of {basis.population:,} images were drawn at random: narrower"
        factor += " by the factor sqrt(1 − n/N)"
        factor += f", but not for {' and '.join(titles)}, which drawn points make noisy" * bool(titles)
        yield f"Intervals: {student}; {factor}."
    elif len(titles) < judged["metric"].n_unique():
        noisy = f", but for {' and '.join(titles)}, which drawn points make noisy ({student})" if titles else ""
        yield f"All images of the set are in, so our values are exact but for rounding{noisy}."
    else:
        yield f"Intervals: {student}; the points of the curves are drawn."


def _barred(table: pl.DataFrame, obstacles: Sequence[Obstacle], networks: Mapping[str, str]) -> Iterator[str]:
    """Each obstacle to a verdict once, with what it bars."""
    barred = table.filter(verdict="no verdict").rows(named=True)
    reasons: dict[str, list[str]] = {}
    for obstacle in obstacles:
        if any(obstacle.stands_before(row) for row in barred):
            reasons.setdefault(obstacle.reason, []).append(_whose(obstacle, networks))
    yield from (f"{', '.join(whose)}: {reason}" for reason, whose in reasons.items())


def _others(table: pl.DataFrame) -> Iterator[str]:
    others = table.filter(verdict="other protocol").select("method", "source").unique(maintain_order=True).rows()
    yield from (f"{method}: {source} has another protocol" for method, source in others)


def _whose(obstacle: Obstacle, networks: Mapping[str, str]) -> str:
    """What an obstacle bars from a verdict."""
    if obstacle.metrics:
        return ", ".join(METRICS[name].title for name in obstacle.metrics)
    return obstacle.method or networks.get(obstacle.network or "", obstacle.network) or "all"
