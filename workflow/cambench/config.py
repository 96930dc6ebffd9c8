"""Read a configuration: defaults filled in, and every mistake found told in one line."""

import copy
import difflib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator

from . import datasets, precomputed, registry
from .errors import InputError

_SCHEMA = Path(__file__).resolve().parent.parent / "schemas" / "config.schema.yaml"
_PLAIN = re.compile(r"null|true|false|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


def resolve(config: dict, files: list[str], look: bool = True) -> tuple[dict, list[str]]:
    """A configuration with defaults, and what is wrong with it.

    **Arguments:** `config` as Snakemake merged it; `files` it came from, read again for keys given twice; `look`
    whether to look for the images and weights too (each cluster job reads the configuration, and need not).
    **Returns:** the configuration, and one line an error (empty if it is good).
    """
    schema = yaml.safe_load(_SCHEMA.read_text())
    full = _without_nulls(config)
    _fill(full, schema)
    errors = [line for file in files for line in _duplicates(file)]
    errors += sorted({line for error in Draft202012Validator(schema).iter_errors(full) for line in _lines(error)})
    errors += list(_find_weights(full))
    if errors or not look:
        return full, errors
    return full, [*_check_methods(full), *_check_models(full), *_check_dataset(full)]


def make_importable() -> None:
    """Let jobs import this package from where it lies, in whatever environment and on whatever node they run."""
    here, known = str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH", "")
    if here not in known.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, known]))


def results_error(folder: str) -> str | None:
    """Why results cannot be written, or None; nothing is left behind."""
    place = next(path for path in [Path(folder), *Path(folder).parents] if path.exists() or path.is_symlink())
    try:
        with tempfile.TemporaryFile(dir=place):
            return None
    except OSError as error:
        return f"{folder}: results cannot be written there: {error.strerror}"


def typed(value: Any) -> Any:
    """Numbers, true, false and null inside a block that was given by --config: Snakemake hands them over as text."""
    if isinstance(value, dict):
        return {key: typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [typed(item) for item in value]
    read = yaml.safe_load(value) if isinstance(value, str) and _PLAIN.fullmatch(value) else value
    return value if isinstance(read, str) else read


def _without_nulls(value: Any) -> Any:
    """A copy without keys that are null, so that a second file can take away what a first one gives."""
    if not isinstance(value, dict):
        return copy.deepcopy(value)
    return {key: _without_nulls(item) for key, item in value.items() if item is not None}


def _fill(value: Any, schema: dict) -> None:
    if not isinstance(value, dict):
        return
    for key, sub in schema.get("properties", {}).items():
        if "default" in sub:
            value.setdefault(key, copy.deepcopy(sub["default"]))
        if key in value:
            _fill(value[key], sub)
    others = schema.get("additionalProperties")
    if isinstance(others, dict):
        for item in value.values():
            _fill(item, others)


def _lines(error: Any) -> Iterator[str]:
    where = ".".join(map(str, error.absolute_path))
    place = f"config: {where}: " if where else "config: "
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            yield f"{place}unknown key {key!r}{_suggest(key, known)}"
    elif error.validator == "required":
        yield f"{place}key {error.message.split(' is ')[0]} is missing"
    elif error.validator == "oneOf":
        yield f"{place}give either 'name' (a torchvision network) or 'factory'"
    elif error.validator == "pattern":
        yield f"{place}{error.instance!r} has characters that are not allowed here ({error.validator_value})"
    else:
        yield f"{place}{error.message}"


def _suggest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _duplicates(file: str) -> Iterator[str]:
    """Keys given twice in one mapping, of which YAML would silently keep the last."""
    try:
        todo = [yaml.compose(Path(file).read_text(), Loader=yaml.SafeLoader)]
    except (OSError, yaml.YAMLError):
        return
    while todo:
        node = todo.pop()
        if isinstance(node, yaml.MappingNode):
            keys = [key.value for key, _ in node.value]
            for key in sorted({key for key in keys if keys.count(key) > 1}):
                yield f"config: {file}: {key!r} is given {keys.count(key)} times"
            todo += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value


def _find_weights(config: dict) -> Iterator[str]:
    """Put files of the local folder in the place of torchvision's names of weights."""
    if not isinstance(config.get("weights_folder"), str) or not isinstance(config.get("models"), dict):
        return
    for name, block in config["models"].items():
        if isinstance(block, dict) and "name" in block and block["weights"] and not datasets.is_file(block["weights"]):
            try:
                block["weights"] = datasets.hub_file(config["weights_folder"], block["name"])
            except InputError as error:
                yield f"config: models.{name}: weights_folder: {error}"


def _check_methods(config: dict) -> Iterator[str]:
    lower = [label.lower() for label in [*config["methods"], *config["models"]]]
    for label in sorted({label for label in lower if lower.count(label) > 1}):
        yield f"config: two methods or models are called {label!r} (upper and lower case do not count)"
    for label, block in config["methods"].items():
        name = block["method"]
        if name not in registry.names():
            yield f"config: methods.{label}: no method {name!r}{_suggest(name, registry.names())}"
            continue
        known = registry.facts(name).settings
        if registry.facts(name).resolution == "file":
            yield from _check_maps(label, block["settings"])
        for key, value in block["settings"].items():
            if key not in known:
                yield f"config: methods.{label}: {name} has no setting {key!r}; it has {', '.join(known) or 'none'}"
            elif not isinstance(value, (int, float) if isinstance(known[key], float) else type(known[key])):
                yield f"config: methods.{label}: {key} must be of type {type(known[key]).__name__}, not {value!r}"


def _check_maps(label: str, settings: dict) -> Iterator[str]:
    try:
        shapes = [precomputed.shape(settings[key]) for key in ("path", "masked") if settings.get(key)]
    except InputError as error:
        yield f"config: methods.{label}: {error}"
        return
    if not settings.get("path"):
        yield f"config: methods.{label}: setting 'path' names no maps"
    elif len(set(shapes)) > 1:
        yield f"config: methods.{label}: maps of shape {shapes[0]}, but masked maps of shape {shapes[1]}"
    names = settings.get("names")
    if names and not Path(names).is_file():
        yield f"config: methods.{label}: names: {names}: no such file"


def _check_models(config: dict) -> Iterator[str]:
    for name, block in config["models"].items():
        weights = block["weights"]
        if block["preprocessing"]["crop"] > block["preprocessing"]["resize"]:
            yield f"config: models.{name}: crop is larger than resize"
        if datasets.is_file(weights):
            try:
                datasets.resolve(weights)
            except InputError as error:
                yield f"config: models.{name}: weights: {error}"
        elif block.get("sha256"):
            yield f"config: models.{name}: sha256 is given, but weights are not a file"


def _check_dataset(config: dict) -> Iterator[str]:
    dataset = config["dataset"]
    if dataset["kind"] == "folder" and dataset["label"] == "pattern":
        try:
            if "label" not in re.compile(dataset.get("pattern", "")).groupindex:
                yield "config: dataset: pattern needs a group (?P<label>...)"
                return
        except re.error as error:
            yield f"config: dataset: pattern: {error}"
            return
    try:
        datasets.find(dataset)
    except InputError as error:
        yield f"config: {error}" if str(error).startswith("dataset") else f"config: dataset: {error}"
    except (ValueError, OSError) as error:
        yield f"config: dataset: {error}"
