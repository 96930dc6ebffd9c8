"""Which metrics a run computes, and what they need of it."""

from collections.abc import Iterator
from typing import Any

from .. import metrics, own
from ..errors import InputError, shown, suggestion
from ..paths import resolve
from ..store.stages import STAGES

# What a metric may need beside the variables that the stage reads.
_MORE = ("saliency.mask", "curves.whole", "curves.mirrored", "objects.mask")
# Other columns of the tables in which metrics stand.
_TAKEN = {"network", "method", "metric", "image", "images", "target", "predicted", "label", "correct", "probability"}
_TAKEN |= {"masked_probability", "degenerate", "nonfinite", "ill_conditioned", "tied", "top1", "passes"}
_TAKEN |= {"object_share", "object_lost"}
_ENDINGS = ("_low", "_high", "_se", "_images", "_passes", "_per_image")


def complete(config: dict) -> None:
    """Fill in the metrics, in place: those that are always there, and without a choice those that the run allows."""
    given = config.get("metrics")
    if given is None:
        curves = config.get("curves")
        drawn = bool(curves.get("enabled", True)) if isinstance(curves, dict) else True
        dataset = config.get("dataset")
        located = isinstance(dataset, dict) and any(dataset.get(kind) is not None for kind in ("boxes", "masks"))
        known = [name for name in metrics.names() if name != metrics.OF_MOSAICS]
        every = [*metrics.DEFAULT, *(name for name in known if located and _needs(name, "objects."))]
        config["metrics"] = [name for name in every if drawn or not _needs(name, "curves.")]
    elif isinstance(given, list):
        config["metrics"] = [*given, *(name for name in metrics.ALWAYS if name not in given)]


def problems(config: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the metrics of a configuration that has them all, one line per error."""
    known: dict[str, metrics.Facts] = {}
    for name in config["metrics"]:
        try:
            known[name] = _facts(name)
        except InputError as error:
            yield f"metrics: {error}"
    chosen = [facts.column.name for facts in known.values()]
    for number, (name, facts) in enumerate(known.items()):
        if line := _column(name, facts.column, dict(list(known.items())[:number])):
            yield f"metrics: {name}: {line}"
        yield from (f"metrics: {name} {line}" for need in facts.needs if (line := _unmet(need, chosen, config)))
    yield from _objects(config["dataset"])


def _facts(name: str) -> metrics.Facts:
    """**Raises:** `InputError`, one line, for a name that no metric has, too."""
    if not own.is_own(name) and name not in metrics.names():
        raise InputError(f"no metric {shown(name)}{suggestion(name, metrics.names())}")
    return metrics.facts(name)


def is_metric(column: str) -> bool:
    """Whether a column of numbers, in a table of images, is a metric: no other may have such a name."""
    return column not in _TAKEN and not column.endswith(_ENDINGS)


def columns(config: dict[str, Any]) -> list[str]:
    """Names of the columns of a configuration's metrics; of its data set, `adcc_per_image` too."""
    return [*(metrics.facts(name).column.name for name in metrics.in_order(config["metrics"])), "adcc_per_image"]


def _column(name: str, column: metrics.Column, others: dict[str, metrics.Facts]) -> str | None:
    """Why a metric cannot have its column, or None if it can.

    The user's own takes neither name nor title from `others`, the metrics before it, nor from those of this package:
    tables know these, chosen or not.
    """
    if not is_metric(column.name):
        return f"its column {column.name} has a name of the tables' own; rename it"
    there = {**{each: metrics.facts(each) for each in metrics.names()}, **others} if own.is_own(name) else {}
    for other, facts in there.items():
        for what in ("name", "title"):
            if getattr(facts.column, what) == getattr(column, what):
                return f"its column has the {what} {getattr(column, what)}, which is also that of {other}; rename one"
    return None


def _needs(name: str, what: str) -> bool:
    return any(need.startswith(what) for need in metrics.facts(name).needs)


def _unmet(need: str, chosen: list[str], config: dict[str, Any]) -> str | None:
    """Why a run does not make what a metric needs, or None if it does."""
    stage, _, variable = need.partition(".")
    if stage == "metrics":
        return None if variable in chosen else f"needs {variable}, which is not among the metrics; add it"
    if need not in (*STAGES["metrics"].reads, *_MORE):
        return f"needs {shown(need)}, which no run makes"
    if stage == "objects" and not {"boxes", "masks"} & config["dataset"].keys():
        return "needs to know where objects are: give dataset.boxes or dataset.masks"
    return _of_curves(variable, config["curves"]) if stage == "curves" else None


def _objects(dataset: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the places of objects; they themselves are read by a job, for there may be very many."""
    given = [kind for kind in ("boxes", "masks") if kind in dataset]
    if len(given) > 1:
        yield "dataset.boxes does not go with dataset.masks; give one of them"
    for kind in given:
        if line := _misplaced(kind, dataset[kind]):
            yield f"dataset.{kind}: {line}"
        if "half_width" in dataset.get("sample", {}):
            said = f"does not go with dataset.sample.half_width, whose pilot knows no {kind}; give sample.images"
            yield f"dataset.{kind} {said}"


def _misplaced(kind: str, named: str) -> str | None:
    """Why boxes or masks cannot be where the configuration says, or None if they can."""
    try:
        place = resolve(named)
    except InputError as error:
        return str(error)
    if place.is_dir() or (kind == "boxes" and place.suffix in (".json", ".csv")):
        return None
    return f"{named} is {'no folder' if kind == 'masks' else 'neither a folder of XML files nor a .json or .csv file'}"


def _of_curves(variable: str, curves: dict[str, Any]) -> str | None:
    if not curves["enabled"]:
        return "needs curves, which curves.enabled: false leaves out"
    if variable == "whole" and curves["points"] != "all":
        return f"needs whole curves: set curves.points: all, not {curves['points']}"
    ends = [(curves[name]["start"], curves[name]["end"]) for name in ("deletion", "insertion")]
    return _of_ends(*ends) if variable == "mirrored" else None


def _of_ends(deletion: tuple[str, str], insertion: tuple[str, str]) -> str | None:
    """Why curves are not one between the image and another input, and the same back, or None if they are."""
    start, end = deletion
    if start != "image" or end == "image":  # backwards, the difference of the areas would have the other sign
        return "needs deletion that starts from the image: set curves.deletion: {start: image, end: zero}"
    if insertion != (end, start):
        return f"needs curves between the same two inputs: set curves.insertion: {{start: {end}, end: {start}}}"
    return None
