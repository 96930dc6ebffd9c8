"""Check what the schema cannot: names, settings of methods, files, and whether results can be written."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from .. import methods
from ..errors import InputError
from ..images import precomputed, sources
from ..methods._settings import Setting, suggestion
from ..paths import is_file, reference, resolve


def problems(config: dict) -> Iterator[str]:
    """One line per error of a configuration that fits the schema; its defaults must be filled in."""
    yield from _shared_names(config)
    for label, block in config["methods"].items():
        yield from (f"config: methods.{label}: {line}" for line in method(block["cam"], block["settings"]))
    for name, block in config["networks"].items():
        yield from (f"config: networks.{name}: {line}" for line in _network(block))
    yield from (f"config: {line}" for line in _dataset(config["dataset"]))
    yield from _published(config["tables"].get("published"))


def method(cam: str, settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with a method and its settings, one line per error."""
    if cam not in methods.names():
        yield f"no method {cam!r}{suggestion(cam, methods.names())}"
        return
    try:
        facts = methods.facts(cam)
    except InputError as error:
        yield str(error)
        return
    wrong = list(_settings(cam, facts.settings, settings))
    yield from wrong
    if facts.resolution == "file" and not wrong:
        yield from _maps(settings)


def results_error(folder: str) -> str | None:
    """Why results cannot be written, or None; nothing is left behind."""
    place = next(path for path in [Path(folder), *Path(folder).parents] if path.exists() or path.is_symlink())
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{folder}: results cannot be written there: {error.strerror}"


def _shared_names(config: dict) -> Iterator[str]:
    lower = [label.lower() for label in [*config["methods"], *config["networks"]]]
    for label in sorted({label for label in lower if lower.count(label) > 1}):
        yield f"config: two methods or networks are called {label!r} (upper and lower case do not count)"


def _settings(cam: str, known: Mapping[str, Setting], settings: dict[str, Any]) -> Iterator[str]:
    for name, value in settings.items():
        if name not in known:
            yield f"{cam} has no setting {name!r}; it has {', '.join(known) or 'none'}"
        elif reason := known[name].refusal(value):
            yield f"{cam}: {reason}"


def _maps(settings: dict[str, Any]) -> Iterator[str]:
    """What is wrong with the files of precomputed maps."""
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
    names = settings.get("names")
    if names and not Path(names).is_file():
        yield f"names: {names}: no such file"


def _network(block: dict[str, Any]) -> Iterator[str]:
    if block["preprocessing"]["crop"] > block["preprocessing"]["resize"]:
        yield "crop is larger than resize"
    if is_file(block["weights"]):
        try:
            resolve(block["weights"])
        except InputError as error:
            yield f"weights: {error}"
    elif block.get("sha256"):
        yield "sha256 is given, but weights are not a file"


def _dataset(dataset: dict[str, Any]) -> Iterator[str]:
    try:
        if dataset["kind"] == "folder" and dataset["label"] == "pattern":
            _check_pattern(dataset.get("pattern", ""))
        sources.listing(dataset)
    except (InputError, ValueError, OSError) as error:
        yield f"dataset: {str(error).removeprefix('dataset: ')}"


def _check_pattern(pattern: str) -> None:
    try:
        groups = re.compile(pattern).groupindex
    except re.error as error:
        raise InputError(f"pattern: {error}") from error
    if "label" not in groups:
        raise InputError("pattern needs a group (?P<label>...)")


def _published(table: str | None) -> Iterator[str]:
    if table is not None:
        try:
            reference(table)
        except InputError as error:
            yield f"config: tables.published: {error}"
