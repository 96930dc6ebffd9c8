"""What differs between two records, and whether it matters to their numbers."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from .. import metrics, own
from ..errors import one_line, shortened, shown
from . import settings

Record = Mapping[str, Any]
# What a difference does.
NUMBERS, CURVES, OBJECTS, OWN = "numbers", "curves", "objects", "own code"
INTERVALS, ROUNDING, NOTHING = "intervals", "rounding", "nothing"
EFFECTS = {
    NUMBERS: "yes",
    CURVES: "yes: areas under curves",
    OBJECTS: "yes: metrics of objects",
    OWN: "perhaps: it is the user's own code",
    INTERVALS: "intervals alone",
    ROUNDING: "rounding alone",
    NOTHING: "no",
}
# What each part of a record does, the most exact name first. Parts that are not here hold the numbers themselves.
_RULES = (
    (("network.name", "network.title", "network.parameters", "network.classes"), NOTHING),
    # `state` says whether weights differ.
    (("network.weights", "network.revision", "network.checkpoint", "network.random"), NOTHING),
    (("network",), NUMBERS),
    (("method.label", "method.title"), NOTHING),
    (("method",), NUMBERS),
    (("data.name", "data.kind", "data.sample", "data.labels"), NOTHING),
    (("data.objects",), OBJECTS),
    (("data",), NUMBERS),
    (("definitions.curves",), CURVES),
    (("definitions",), NUMBERS),
    (("intervals",), INTERVALS),
    (("software.code", "software.revision", "software.versions.cambench"), NOTHING),  # versions of definitions agree
    (("software",), ROUNDING),
    (("machine.peak", "machine.cores"), NOTHING),
    (("machine",), ROUNDING),
)


class Difference(NamedTuple):
    """A part of two records that is not the same: its dotted name, both values as text, and what it does."""

    part: str
    first: str
    second: str
    effect: str


def differences(first: Record, second: Record) -> Iterator[Difference]:
    """Every part that differs but the numbers, their costs and the time of the run."""
    one, other = _flat(_completed(first)), _flat(_completed(second))
    for part in dict.fromkeys([*one, *other]):
        effect = _effect(part, first, second)
        if effect and one.get(part) != other.get(part):
            yield Difference(part, _text(one.get(part)), _text(other.get(part)), effect)


def same(first: Record, second: Record) -> list[str]:
    """Which of the main parts are the same: weights, layer, preprocessing, images, masking and so on."""
    one, other = _flat(_completed(first)), _flat(_completed(second))
    return [title for title, parts in _MAIN.items() if _under(one, parts) == _under(other, parts)]


_MAIN = {
    "weights": ("network.state",),
    "target layer": ("network.layer", "network.layout"),
    "preprocessing": ("network.preprocessing", "network.input"),
    "precision": ("network.precision",),
    "method": ("method.cam", "method.settings", "method.version", "method.of"),
    "images": ("data.digest",),
    "class": ("definitions.target",),
    "masking": ("definitions.masking",),
    "curves": ("definitions.curves",),
    "versions of metrics": ("definitions.metrics",),
    "code": ("software.code",),
    "machine": ("machine.device", "machine.system"),
}


def refusals(first: Record, second: Record) -> Iterator[str]:
    """Why two records must not be compared: one line for each metric or method of two versions."""
    for ours, theirs in ((first["method"], second["method"]), *_changed(first, second)):
        if ours["cam"] == theirs["cam"]:
            yield from _versions("method", ours["cam"], ours["version"], theirs["version"])
    before, after = first["definitions"]["metrics"], second["definitions"]["metrics"]
    for name in [name for name in before if name in after]:
        yield from _versions("metric", name, before[name], after[name])


def _changed(first: Record, second: Record) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """The methods whose maps both change, if they do."""
    if "of" in first["method"] and "of" in second["method"]:
        yield first["method"]["of"], second["method"]["of"]


def _versions(kind: str, name: str, first: int, second: int) -> Iterator[str]:
    if first != second:
        what = "maps" if kind == "method" else "values"
        yield f"{kind} {name} is of version {first} and {second}, whose {what} differ; run one again"


def _completed(record: Record) -> Record:
    """The record with all settings of its method, those that the method did not have then as well."""
    method = {**record["method"], "settings": settings.complete(record["method"])}
    return {**record, "method": method}


def _effect(part: str, first: Record, second: Record) -> str | None:
    """What a part does; None for parts that hold numbers, costs or dates."""
    if part == "data.labels" and "label" in (first["definitions"]["target"], second["definitions"]["target"]):
        return NUMBERS  # labels are the classes that are explained
    if part.startswith("definitions.metrics.") and part.count(".") == 2:
        return NOTHING if _in_one_alone(part, first, second) else NUMBERS
    if part == "data.objects" and None in (first["data"].get("objects"), second["data"].get("objects")):
        return NOTHING  # no metric of objects is in both
    if part in _CODE and any(_CODE[part](record) for record in (first, second)):
        return OWN  # whose versions nobody keeps in step
    for names, effect in _RULES:
        if any(part == name or part.startswith(f"{name}.") for name in names):
            return effect
    return None


def _has_own_metric(record: Record) -> bool:
    return bool({*record["definitions"]["metrics"]} - {*metrics.names(), "adcc_per_image"})


# Digests of code, and whether it is a user's own: of cambench's, versions say whether numbers differ.
_CODE = {
    "software.code.method": lambda record: own.is_own(record["method"]["cam"]),
    "software.code.metrics": _has_own_metric,
}


def _in_one_alone(part: str, first: Record, second: Record) -> bool:
    name = part.rpartition(".")[2]
    return (name in first["definitions"]["metrics"]) != (name in second["definitions"]["metrics"])


def _under(flat: Mapping[str, Any], parts: tuple[str, ...]) -> dict[str, Any]:
    return {
        key: value for key, value in flat.items() if any(key == part or key.startswith(f"{part}.") for part in parts)
    }


def _flat(block: Mapping[str, Any], start: str = "") -> dict[str, Any]:
    """Values by dotted name."""
    found: dict[str, Any] = {}
    for key, value in block.items():
        found |= _flat(value, f"{start}{key}.") if isinstance(value, Mapping) else {f"{start}{key}": value}
    return found


def _text(value: Any) -> str:
    """A value in a few characters: of a digest, its start."""
    if value is None:
        return "–"
    text = value if isinstance(value, str) else shown(value)
    is_digest = len(text) == 64 and not set(text) - set("0123456789abcdef")
    return f"{text[:12]}…" if is_digest else one_line(shortened(text))
