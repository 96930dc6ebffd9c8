"""The verdict in words: who leads, which differences are real, whether anything beats the controls, what to doubt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ...results import standing
from ...results.columns import METRICS
from ...results.standing import Standing
from .. import hits
from .sources import Sources

_FEW = 30  # images below which intervals are wide
_NAMED = 6  # methods that a sentence lists
_DOUBTFUL = {
    "degenerate": "degenerate (constant, or constant once the image is masked)",
    "nonfinite": "not finite",
    "ill_conditioned": "ill-conditioned (rounding can change them)",
}


@dataclass(frozen=True)
class Verdict:
    """What is said of a network, or of all of them (None), and what to doubt of it."""

    network: str | None
    said: tuple[str, ...]
    doubts: tuple[str, ...] = ()


def verdicts(sources: Sources) -> list[Verdict]:
    """What can be said of all networks, if there are several, and of each; true for every run, whatever it lacks."""
    metric = standing.metric_of(sources.summary)
    if metric is None:
        return [Verdict(None, ("No metric of any method is known, so nothing can be said.",))]
    confidence = sources.caption.bootstrap.confidence
    found = standing.standings(sources.summary, sources.pairwise, sources.controls, metric, confidence)
    each = [Verdict(one.network, tuple(_said(one, sources)), tuple(_doubts(one, sources))) for one in found]
    return [*_overall(found, sources), *each]


def listed(names: Sequence[str]) -> str:
    """Names as a sentence lists them; of many only the first.

    >>> listed(["A", "B", "C"])
    'A, B and C'
    """
    if len(names) > _NAMED + 1:
        return f"{', '.join(names[:_NAMED])} and {len(names) - _NAMED} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _overall(found: Sequence[Standing], sources: Sources) -> Iterator[Verdict]:
    tested = [one for one in found if one.tested and one.ranked]
    if len(found) < 2 or not tested:
        return
    counts = standing.leaders(tested)
    most = max(counts.values())
    best = [sources.methods[name].title for name, count in counts.items() if count == most]
    where = f"{'all' if most == len(tested) else f'{most} of the'} {len(tested)} networks"
    verb = "is" if len(best) == 1 else "are each"
    yield Verdict(None, (f"{listed(best)} {verb} first by {_metric(tested[0])}, or not really behind, on {where}.",))


def _said(one: Standing, sources: Sources) -> Iterator[str]:
    yield _leads(one, sources)
    if one.tested:
        yield _real(one, sources)
        yield from _controls(one, sources)
    yield from _fooled(one, sources)


def _leads(one: Standing, sources: Sources) -> str:
    """Who is first, and who is not really behind."""
    if not one.ranked:
        return "All methods are controls: none of them explains anything."
    best, *others = _titles(one.ranked, sources)
    first = f"{best} ({_value(one, sources)})"
    if one.images == 1:
        return f"On one image {first} has the best {_metric(one)}. One image says nothing of others."
    if not one.tested:
        return f"{first} is the only method, so there is nothing to compare its {_metric(one)} with."
    level = _titles([name for name in one.level if name != one.ranked[0]], sources)
    behind = _titles([name for name in one.ranked if name not in one.level], sources)
    if not others:
        return f"{first} is the only method that is no control, by {_metric(one)}."
    aside = ", controls aside" if one.best_control else ""
    if not level:
        return f"{first} leads by {_metric(one)}{aside}: {_every(behind)} worse, by a real difference."
    if not behind:
        other = f"no other is worse by a real difference{aside}"
        return f"No method leads by {_metric(one)}: {first} is first, but {other}."
    return (
        f"{first} is first by {_metric(one)}. {listed(level)} may be as good: the difference may be chance."
        f" {_are(behind)} worse, by a real difference."
    )


def _real(one: Standing, sources: Sources) -> str:
    """How many differences are more than chance."""
    level = f"{100 * sources.caption.bootstrap.confidence:g} %"
    if one.pairs == 1:
        said = f"real, that is, more than chance at {level}" if one.real else f"not real: at {level} it may be chance"
        return f"The one difference between two methods is {said}."
    counted = f"{one.real} of the" if one.real else "None of the"
    verb = "is" if one.real < 2 else "are"
    meaning = f"more than chance at {level}, corrected for all pairs (Holm)"
    return f"{counted} {one.pairs} differences between two methods {verb} real, that is, {meaning}."


def _controls(one: Standing, sources: Sources) -> Iterator[str]:
    """Whether a method is better than the maps that explain nothing."""
    if not one.ranked:
        return
    if one.best_control is None:
        yield "The run has no control, such as random maps, so nothing says how much better than nothing this is."
        return
    best = sources.methods[one.best_control].title
    controls = listed([sources.methods[name].title for name in sources.controls])
    beating, value = _titles(one.beating, sources), _value(one, sources, one.best_control)
    rest = [name for name in one.ranked if name not in one.beating]
    if not rest:
        all_of_them = "Every method" if len(beating) > 1 else beating[0]
        yield f"{all_of_them} beats every control ({controls}) by a real difference."
    elif beating:
        verb = "beats" if len(beating) == 1 else "beat"
        others = f"of {listed(_titles(rest, sources))} that cannot be said"
        yield f"{listed(beating)} {verb} every control ({controls}) by a real difference; {others}."
    else:
        yield f"No method beats every control by a real difference: {best}, a control, has {value}."
    if one.losing:
        yield f"{_are(_titles(one.losing, sources))} worse than a control, by a real difference."


def _fooled(one: Standing, sources: Sources) -> Iterator[str]:
    """By which metrics a map that explains nothing is the best."""
    table, won = sources.summary.filter(network=one.network), []
    for name, column in METRICS.items():
        if name in table.columns and name != one.metric and one.ranked:
            known = table.filter(pl.col(name).is_not_null()).with_columns(pl.col(name).round(10))
            best = known[name].max() if column.higher_is_better else known[name].min()
            first = set(known.filter(pl.col(name) == best)["method"])
            if first and first <= set(sources.controls) and len(known) > len(first):
                won.append(column.title)
    if won:
        yield f"A control is best by {listed(won)}: alone, {'they say' if len(won) > 1 else 'it says'} little."


def _doubts(one: Standing, sources: Sources) -> Iterator[str]:
    """What a reader should know before believing the numbers of a network."""
    rows, facts = sources.summary.filter(network=one.network), sources.caption
    if sources.facts[one.network]["random"]:
        yield "The weights are random: the numbers say nothing of a trained network."
    yield from _labels(one, rows["top1"][0], sources)
    if one.images < _FEW:
        yield f"{one.images} image{'s are' if one.images > 1 else ' is'} few: only large differences can be seen."
    if facts.sample:
        yield f"The images are a random sample: {facts.sample['images']:,} of {facts.sample['of']:,}."
    if facts.rejected:
        yield f"{facts.rejected:,} file{'s' if facts.rejected > 1 else ''} could not be used, and stand below."
    yield from _doubtful_maps(rows, sources)
    if one.unknown:
        yield f"{_metric(one)} is not known of {listed(_titles(one.unknown, sources))}."
    if facts.effect:
        most = max(facts.effect.values())
        yield f"{facts.precision} moved a method's mean by up to {most:.2g} points on ImageNet photographs."
    elif facts.precision != "float32":
        yield f"By how much {facts.precision} moves means has not been measured."


def _labels(one: Standing, top1: float | None, sources: Sources) -> Iterator[str]:
    """Whether the network knows the images."""
    frame = sources.frame.filter(network=one.network)
    warned = hits.warnings(frame, {one.network: sources.networks[one.network]}, sources.facts)
    if top1 is None:
        yield "The images have no labels, so nothing says how often the network is right."
    elif warned:
        yield from (warning.removeprefix("WARNING: ") for warning in warned)
    elif top1 < 0.5:
        yield f"Top-1 is {100 * top1:.1f} %: most of these predictions are wrong."


def _doubtful_maps(rows: pl.DataFrame, sources: Sources) -> Iterator[str]:
    """How many maps of which methods are degenerate, not finite or ill-conditioned."""
    for column, word in _DOUBTFUL.items():
        found = rows.filter(pl.col(column) > 0).select("method", column, "images").iter_rows()
        whose = [f"{sources.methods[name].title} {count:,} of {images:,}" for name, count, images in found]
        if whose:
            yield f"Maps that are {word}: {listed(whose)}."


def _value(one: Standing, sources: Sources, method: str | None = None) -> str:
    """A method's value, of the best if none is named, with its interval if there is one; percent."""
    which: dict[str, Any] = {"network": one.network, "method": method or one.ranked[0]}
    row: Mapping[str, Any] = sources.summary.filter(**which).row(0, named=True)
    value, low, high = (row[f"{one.metric}{end}"] for end in ("", "_low", "_high"))
    return f"{100 * value:.2f}" + ("" if low is None else f"; {100 * low:.1f} to {100 * high:.1f}")


def _metric(one: Standing) -> str:
    return METRICS[one.metric].title


def _titles(names: Sequence[str], sources: Sources) -> list[str]:
    return [sources.methods[name].title for name in names]


def _every(names: Sequence[str]) -> str:
    return "every other method is" if len(names) > 1 else f"{names[0]} is"


def _are(names: Sequence[str]) -> str:
    return f"{listed(names)} {'are' if len(names) > 1 else 'is'}"
