"""Check what the schema cannot: names, settings of methods, files, and whether results can be written."""

import csv
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import methods, own
from ..errors import InputError, shown, suggestion
from ..images import names as class_names
from ..images import precomputed, sizes, sources
from ..methods._settings import Setting
from ..paths import folder_of_weights, is_file, reference, resolve
from . import curves, metrics, networks, perturbations, sample, speeds


def problems(config: dict) -> Iterator[str]:
    """One line per error of a configuration that fits the schema; its defaults must be filled in."""
    yield from _shared_names(config)
    yield from (f"config: {line}" for kind in ("networks", "methods") for line in _titles(kind, config[kind]))
    for label, block in config["methods"].items():
        yield from (f"config: methods.{label}: {line}" for line in method(block["cam"], block["settings"]))
    yield from (f"config: {line}" for line in _weights_folder(config.get("weights_folder")))
    for name, block in config["networks"].items():
        yield from (f"config: networks.{name}: {line}" for line in _network(block))
    yield from curves.problems(config)
    yield from (f"config: {line}" for line in metrics.problems(config))
    yield from perturbations.problems(config)
    if "localisation" in config and not {"boxes", "masks"} & config["dataset"].keys():
        yield "config: localisation needs to know where objects are: give dataset.boxes or dataset.masks"
    yield from (f"config: {line}" for line in _dataset(config["dataset"]) or _images(config))
    yield from (f"config: {line}" for line in speeds.problems(config))
    yield from (f"config: {line}" for line in _published(config["tables"].get("published"), config["methods"]))


def method(cam: str, settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a method and its settings, one line per error."""
    if not own.is_own(cam) and cam not in methods.names():
        yield f"no method {shown(cam)}{suggestion(cam, methods.names())}"
        return
    try:
        facts = methods.facts(cam)
    except InputError as error:
        yield str(error)
        return
    wrong = list(_settings(cam, facts.allowed, settings))
    yield from wrong
    if not wrong and (reason := methods.misplaced(settings, facts.settings)):
        yield f"{cam}: {reason}"
    if facts.is_precomputed and not wrong:
        yield from _maps(settings)
    if facts.of and not wrong:
        yield from (f"{facts.of}: {line}" for line in _changed(methods.involved(cam, settings)[1]))


def _changed(cam: str) -> Iterator[str]:
    """Why another method cannot change the maps of this one."""
    wrong = list(method(cam, {}))
    yield from wrong
    if not wrong and (methods.facts(cam).resolution != "layer" or methods.facts(cam).of):
        yield f"the maps of {shown(cam)} cannot be changed: they are not the target layer's, or are another method's"


def results_error(folder: str) -> str | None:
    """Why results cannot be written, or None; nothing is left behind."""
    place = next(path for path in [Path(folder), *Path(folder).parents] if os.path.lexists(path))
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{folder}: results cannot be written there: {error.strerror}"


def _shared_names(config: dict) -> Iterator[str]:
    """Names that stand for one thing only if upper and lower case count, which they don't in every file system."""
    places: dict[str, list[str]] = {}
    for block in ("networks", "methods"):
        for name in config[block]:
            places.setdefault(name.lower(), []).append(f"{block}.{name}")
            if name.lower() == "logs":
                yield f"config: {block}.{name}: the name is taken by the folder of logs; rename it"
    for found in places.values():
        if len(found) > 1:
            yield f"config: {' and '.join(found)} have the same name (upper and lower case do not count); rename one"


def _settings(cam: str, known: Mapping[str, Setting], settings: dict[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name not in known:
            yield f"{cam} has no setting {shown(name)}; it has {', '.join(known) or 'none'}"
        elif reason := known[name].refusal(value):
            yield f"{cam}: {reason}"


def _maps(settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the files of precomputed maps."""
    if "listed" in settings:
        yield "setting 'listed' is the workflow's own"
    if settings.get("names") and settings.get("manifest"):
        yield "settings 'names' and 'manifest': maps are found by name or by row; give one of them"
    if not settings.get("path"):
        yield "setting 'path' names no maps"
        return
    try:
        shapes = [precomputed.shape(settings[key]) for key in ("path", "masked") if settings.get(key)]
    except InputError as error:
        yield str(error)
        return
    if len(set(shapes)) > 1:
        yield f"maps of shape {shapes[0]}, but masked maps of shape {shapes[1]}"
    if settings.get("names"):
        try:
            precomputed.names(settings["names"], shapes[0][0])
        except InputError as error:
            yield str(error)


def _network(block: dict[str, Any]) -> Iterator[str]:
    preprocessing, weights = block["preprocessing"], block["weights"]
    if "base" not in preprocessing and not sizes.fits(preprocessing):
        yield "crop is larger than resize"
    if "classes_file" in block:
        try:
            class_names.read(resolve(block["classes_file"]))
        except InputError as error:
            yield f"classes_file: {error}"
    yield from networks.problems(block)
    yield from _layout(block)
    if is_file(weights):
        try:
            if resolve(weights).is_dir():
                yield f"weights: {weights} is a folder"
        except InputError as error:
            yield f"weights: {error}"
        return
    for key in sorted({"sha256", "weights_key"} & set(block)):
        yield f"{key} is given, but weights are not a file"


def _weights_folder(folder: str | None) -> Iterator[str]:
    try:
        if folder is not None:
            folder_of_weights(folder)
    except InputError as error:
        yield f"weights_folder: {error}"


def _layout(block: dict[str, Any]) -> Iterator[str]:
    """What is wrong with what a network's block declares of its target layer's output."""
    given = [key for key in ("layout", "tokens") if key in block]
    if len(given) > 1:
        yield "layout and tokens are given; give tokens for an output (n, T, K), layout for one of four dimensions"
    if given and not {"layer", "layers"} & set(block):
        yield f"{given[0]} is given, but no layer: name the layer whose output it describes"


def _dataset(dataset: dict[str, Any]) -> list[str]:
    try:
        _check_labels(dataset)
        sources.listing(dataset)
    except (InputError, ValueError, OSError) as error:
        return [f"dataset: {str(error).removeprefix('dataset: ')}"]
    return []


def _images(config: dict[str, Any]) -> Iterator[str]:
    """What does not go with the images that were found."""
    yield from _several_labels(config)
    yield from (f"dataset.sample: {line}" for line in sample.problems(config))


def _several_labels(config: dict[str, Any]) -> Iterator[str]:
    """What does not go with images that have several labels."""
    if several := sources.several_labels(config["dataset"]):
        whose = f"of {several} images, which have several"
        if config["target"] == "label":
            yield f"target: label: nothing says which label {whose}; take target: predicted, or give one label each"
        for name, block in config["networks"].items():
            if block.get("score", "softmax") == "softmax":
                yield f"networks.{name}: score: softmax goes with one label per image, but {several} have several"


def _check_labels(dataset: dict[str, Any]) -> None:
    """Where labels come from; a key that would be passed over is refused, for it leaves images without labels."""
    kind, label = dataset["kind"], dataset["label"]
    if label != "none" and kind == "manifest":
        raise InputError(f"label: {label} goes with kind: folder; a list has a column 'label'")
    if kind == "folder" and label == "pattern":
        _check_pattern(dataset.get("pattern", ""))
    elif kind == "folder" and "pattern" in dataset:
        raise InputError(f"pattern is given, but label is {label}: set label: pattern, or pattern: null")


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groupindex
    except (re.error, OverflowError, RecursionError) as error:
        raise InputError(f"pattern: {error}") from error
    if "label" not in groups:
        raise InputError("pattern needs a group (?P<label>...)")


def _titles(kind: str, blocks: dict[str, Any]) -> Iterator[str]:
    """Titles that cannot be shown, or not be told apart."""
    places: dict[str, list[str]] = {}
    for name, block in blocks.items():
        title = block.get("title", name)
        places.setdefault(" ".join(title.split()), []).append(name)
        if not title.strip() or not title.isprintable():
            yield f"{kind}.{name}: title {shown(title)} is blank, or has characters that cannot be printed"
    for title, names in places.items():
        if len(names) > 1:
            yield f"{kind}: {' and '.join(names)} have one title, {shown(title)}"


def _published(table: str | None, blocks: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the published table, and with the names that methods have in it."""
    names = [block["published"] for block in blocks.values() if "published" in block]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield f"methods: {names.count(name)} of them are {shown(name)} in the published table"
    try:
        known = _published_methods(table) if table is not None else names
    except InputError as error:
        yield f"tables.published: {error}"
        return
    for label, block in blocks.items():
        if (name := block.get("published")) and name not in known:
            yield f"methods.{label}: published: no {shown(name)} in {table}{suggestion(name, known)}"


def _published_methods(table: str) -> list[str]:
    """Names of the methods in a published table, which needs the digests of its networks' weights beside it."""
    file = reference(table)
    if not file.with_name("weights.csv").is_file():
        raise InputError(f"{file.with_name('weights.csv')}: no such file")
    try:
        with file.open(encoding="utf-8", newline="") as lines:
            return sorted({row.get("method") or "" for row in csv.DictReader(lines)})
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{table}: is no CSV table: {error}") from error
