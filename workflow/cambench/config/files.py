"""Look into a configuration's files for keys given twice, and code, which the parsed configuration no longer shows."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import yaml

from ..errors import shown

_TEMPLATE = "__use_yte__"  # the key by which Snakemake takes a file for a template


def problems(file: str) -> Iterator[str]:
    """One line for each key that is given twice in one mapping, and for code.

    JSON and YAML keep the last of such keys and say nothing. Files that cannot be read are Snakemake's to refuse.
    """
    try:
        text = Path(file).read_text(encoding="utf-8")
        mappings = [Counter(keys) for keys in _mappings(text)]
    except (OSError, ValueError, RecursionError, yaml.YAMLError):
        return
    for counted in mappings:
        for key in sorted(key for key, count in counted.items() if count > 1):
            yield f"config: {file}: {shown(key)} is given {counted[key]} times"
    if any(_TEMPLATE in counted for counted in mappings):
        yield f"config: {file}: {_TEMPLATE} is not allowed, because Snakemake runs the code in such a file"


def _mappings(text: str) -> Iterable[list[str]]:
    """The keys of each mapping; Snakemake, too, tries JSON first."""
    found: list[list[str]] = []
    try:
        json.loads(text, object_pairs_hook=lambda pairs: found.append([key for key, _ in pairs]))
    except ValueError:
        return _of_yaml(text)
    return found


def _of_yaml(text: str) -> Iterator[list[str]]:
    todo, seen = [yaml.compose(text, Loader=yaml.SafeLoader)], set()
    while todo:
        node = todo.pop()
        if id(node) in seen:  # anchors make one node stand in many places, even in itself
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            todo += [value for _, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            todo += node.value
