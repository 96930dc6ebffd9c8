"""Read a configuration: defaults filled in, and every mistake reported in one line."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from .. import paths
from ..errors import InputError
from ..methods._settings import suggestion
from . import checks

_SCHEMA = Path(__file__).with_name("schema.yaml")
_PLAIN = re.compile(r"null|true|false|[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


def resolve(config: dict, files: list[str], look: bool = True) -> tuple[dict, list[str]]:
    """A configuration with defaults, and what is wrong with it.

    **Arguments:** `config` as Snakemake merged it; `files` it came from, read again for keys given twice; `look`
    whether to look for the images and weights too (each cluster job reads the configuration, and need not).
    **Returns:** the configuration, and one line per error (empty if it is good).
    """
    full = _without_nulls(config)
    errors = [line for file in files for line in _duplicates(file)]
    errors += list(_rename(full))
    errors += sorted({line for error in _fill_and_check(full) for line in _lines(error)})
    errors += list(_place_weights(full))
    if look and not errors:
        errors = list(checks.problems(full))
    return full, errors


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


def _rename(config: dict) -> Iterator[str]:
    """Report keys of earlier versions, and give them their new names, so that each is one error and not two."""
    if "models" in config:
        config.setdefault("networks", config.pop("models"))
        yield "config: 'models' is now 'networks'"
    methods = config.get("methods")
    for label, block in methods.items() if isinstance(methods, dict) else ():
        if isinstance(block, dict) and "method" in block:
            block.setdefault("cam", block.pop("method"))
            yield f"config: methods.{label}: 'method' is now 'cam'"


def _fill_and_check(config: dict) -> list[ValidationError]:
    """Errors of a configuration against the schema; its defaults are filled in on the way."""
    schema = yaml.safe_load(_SCHEMA.read_text())
    validator = validators.extend(Draft202012Validator, {"properties": _set_defaults})
    return list(validator(schema).iter_errors(config))


def _set_defaults(validator: Any, properties: dict, instance: Any, schema: dict) -> Iterator[ValidationError]:
    """Fill in defaults, as jsonschema documents it: https://python-jsonschema.readthedocs.io/en/stable/faq/."""
    for key, sub in properties.items():
        if isinstance(instance, dict) and "default" in sub:
            instance.setdefault(key, copy.deepcopy(sub["default"]))
    yield from Draft202012Validator.VALIDATORS["properties"](validator, properties, instance, schema)


def _lines(error: Any) -> Iterator[str]:
    where = ".".join(map(str, error.absolute_path))
    place = f"config: {where}: " if where else "config: "
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            yield f"{place}unknown key {key!r}{suggestion(key, known)}"
    elif error.validator == "required":
        yield f"{place}key {error.message.split(' is ')[0]} is missing"
    elif error.validator == "oneOf":
        yield f"{place}give either 'name' (a torchvision network) or 'factory'"
    elif error.validator == "pattern":
        yield f"{place}{error.instance!r} has characters that are not allowed here ({error.validator_value})"
    else:
        yield f"{place}{error.message}"


def _place_weights(config: dict) -> Iterator[str]:
    """Put files of the local folder in the place of torchvision's names of weights."""
    folder, networks = config.get("weights_folder"), config.get("networks")
    if not isinstance(folder, str) or not isinstance(networks, dict):
        return
    for name, block in networks.items():
        if isinstance(block, dict) and "name" in block and block["weights"] and not paths.is_file(block["weights"]):
            try:
                block["weights"] = paths.hub_file(folder, block["name"])
            except InputError as error:
                yield f"config: networks.{name}: weights_folder: {error}"
