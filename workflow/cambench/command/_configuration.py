"""Find a configuration file, and say where it is no YAML before Snakemake would say that it is none."""

import json
from pathlib import Path

import yaml

from .. import paths
from ..errors import InputError


def configuration(name: str) -> Path:
    """A configuration file, or one that comes along, such as `demo` or `lite`.

    **Raises:** `InputError` if there is neither, or if `check_syntax` does.
    """
    here = paths.snakefile().parent / "config"
    known = {"demo" if path.stem == "config" else path.stem: path for path in sorted(here.glob("*.yaml"))}
    file = Path(name) if Path(name).is_file() else known.get(name)
    if file is None:
        raise InputError(f"{name}: no such file; name one, or a configuration that comes along: {', '.join(known)}")
    check_syntax(file)
    return file


def check_syntax(file: Path) -> None:
    """Read a configuration's syntax; no value is made of it.

    **Raises:** `InputError` if it cannot be read, is neither YAML nor JSON, or has no keys.
    """
    try:
        has_keys = _has_keys(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{file}: is no text in UTF-8") from error
    except RecursionError as error:
        raise InputError(f"{file}: is nested too deeply") from error
    except yaml.YAMLError as error:
        raise InputError(f"{file}: {_said(error)}") from error
    if not has_keys:
        raise InputError(f"{file}: has no keys; write lines such as `run: demo`")


def _has_keys(text: str) -> bool:
    """Whether the top level has keys; JSON is tried first, because tabs may indent it."""
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return isinstance(yaml.compose(text, Loader=yaml.SafeLoader), yaml.MappingNode)


def _said(error: yaml.YAMLError) -> str:
    """What is wrong, and where."""
    mark = getattr(error, "problem_mark", None)
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    said = getattr(error, "problem", None) or getattr(error, "reason", None)
    return f"{where}{said or error}"
