"""Read a configuration: defaults filled in, and every mistake reported in one line."""

import copy
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, ValidationError, validators

from ..errors import shortened, shown, suggestion
from . import checks, files, layers, metrics, networks, plain

_SCHEMA = Path(__file__).with_name("schema.yaml")
_PLAIN = re.compile(r"null|true|false|[-+]?(\d{1,300}(\.\d*)?|\.\d+)(e[-+]?\d+)?", re.IGNORECASE)


def resolve(config: dict, given: list[str], look: bool = True) -> tuple[dict, list[str]]:
    """A configuration with defaults, and what is wrong with it.

    **Arguments:** `config` as Snakemake merged it; `given` the files that it came from, read again for keys that are
    given twice; `look` whether to look for the images and weights, too (each cluster job reads the configuration, and
    need not). **Returns:** the configuration, and one line per error (empty if it is good).
    """
    errors = [line for file in given for line in files.problems(file)]
    if wrong := list(plain.problems(config)):  # of which no more can be said
        return config, errors + wrong
    full = _without_nulls(config, _validator())
    errors += list(_rename(full))
    errors += sorted({line for error in _validator().iter_errors(full) for line in _lines(error)})
    errors += list(networks.complete(full))
    metrics.complete(full)
    if look and not errors:
        errors = list(checks.problems(full))
    if not errors:
        errors = list(layers.expand(full))
    return full, errors


def typed(value: Any, depth: int = 0) -> Any:
    """Numbers, true, false and null inside a block that was given by --config: Snakemake hands them over as text."""
    if depth < plain.DEEPEST and isinstance(value, dict):
        return {key: typed(item, depth + 1) for key, item in value.items()}
    if depth < plain.DEEPEST and isinstance(value, list):
        return [typed(item, depth + 1) for item in value]
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return yaml.safe_load(value)
    return value


def _without_nulls(value: Any, validator: Any) -> Any:
    """A copy without keys that are null where null is no value: so a second file takes away what a first one gives.

    Keys that the schema does not know are kept, for they are refused.
    """
    if not isinstance(value, dict):
        return copy.deepcopy(value)
    known, others = (validator.schema.get(key, {}) for key in ("properties", "additionalProperties"))
    kept = {}
    for key, item in value.items():
        schema = known.get(key, others)
        inner = validator.evolve(schema=schema if isinstance(schema, dict) else {})
        if item is not None or inner.is_valid(None):
            kept[key] = _without_nulls(item, inner)
    return kept


def _rename(config: dict) -> Iterator[str]:
    """Report keys of earlier versions, and give them their new names, so that each is one error and not two."""
    if "models" in config:
        config.setdefault("networks", config.pop("models"))
        yield "config: 'models' is now 'networks'"
    shards = config.get("shards")
    for key in ("costly", "curves") if isinstance(shards, dict) else ():
        if isinstance(shards, dict) and shards.pop(key, None) is not None:
            yield f"config: shards: {key!r} is now 'passes', the work of a job"
    methods = config.get("methods")
    for label, block in methods.items() if isinstance(methods, dict) else ():
        if isinstance(block, dict) and "method" in block:
            block.setdefault("cam", block.pop("method"))
            yield f"config: methods.{label}: 'method' is now 'cam'"


def _set_defaults(validator: Any, properties: dict, instance: Any, schema: dict) -> Iterator[ValidationError]:
    """Fill in defaults, as jsonschema documents it: https://python-jsonschema.readthedocs.io/en/stable/faq/."""
    for key, sub in properties.items():
        if isinstance(instance, dict) and "default" in sub:
            instance.setdefault(key, copy.deepcopy(sub["default"]))
    yield from Draft202012Validator.VALIDATORS["properties"](validator, properties, instance, schema)


def _whole(validator: Any, pattern: str, instance: Any, schema: dict) -> Iterator[ValidationError]:
    """A pattern is meant for the whole text; in Python, `$` also stands before a line break at the end."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError(f"{instance!r} does not fit {pattern}")


def _is_integer(_: Any, instance: Any) -> bool:
    """JSON schema also takes 2.0 for a whole number, which Python does not."""
    return isinstance(instance, int) and not isinstance(instance, bool)


_Validator = validators.extend(
    Draft202012Validator,
    {"properties": _set_defaults, "pattern": _whole},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine("integer", _is_integer),
)


@functools.cache
def _validator() -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # written in C, where PyYAML was built with it
    return _Validator(yaml.load(_SCHEMA.read_text(encoding="utf-8"), loader))


def _lines(error: Any) -> Iterator[str]:
    where = ".".join(shortened(str(key)) for key in error.absolute_path)
    place = f"config: {where}: " if where else "config: "
    if error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for key in sorted(set(error.instance) - set(known)):
            yield f"{place}unknown key {shown(key)}{suggestion(key, known)}"
    elif error.validator == "required":
        yield f"{place}key {error.message.split(' is ')[0]} is missing"
    elif error.validator == "oneOf":
        yield f"{place}give one of 'name' (a torchvision network), 'timm', 'hf' and 'factory'"
    elif error.validator == "pattern":
        yield f"{place}{shown(error.instance)} has characters that are not allowed here ({error.validator_value})"
    elif error.validator == "maxLength":
        yield f"{place}{shown(error.instance)} has more than {error.validator_value} characters"
    else:
        yield f"{place}{error.message.replace(repr(error.instance), shown(error.instance))}{_quotes(error)}"


def _quotes(error: Any) -> str:
    """What to do where YAML takes for a number what was meant as text, such as the name of a run."""
    is_number = isinstance(error.instance, int | float) and error.validator == "type"
    return "; put it in quotes" if is_number and "string" in error.validator_value else ""
