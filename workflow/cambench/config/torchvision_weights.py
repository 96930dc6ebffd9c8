"""Which weights torchvision has of a network, read from its source, so that planning does not import torch."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

from .. import paths
from ..errors import InputError


def file_of(folder: str, network: str, weights: str) -> str:
    """Path of the file of torchvision's `weights` (a name) of a network in a local folder.

    A file NAME-DIGEST.pth that this torchvision does not know is taken if it is the only one.
    **Raises:** `InputError` if torchvision has no weights of that name, or if the folder holds none or others.
    """
    known = files(network)
    if known and weights not in known:
        raise InputError(f"torchvision has no weights {weights!r} of {network}; it has {', '.join(known)}")
    wanted = (known or {}).get(weights)
    if wanted and (paths.resolve(folder) / wanted).is_file():
        return f"{folder.rstrip('/')}/{wanted}"
    found = paths.hub_file(folder, network)
    name = found.rpartition("/")[2]
    if known and name in known.values():
        others = [label for label, file in known.items() if file == name]
        raise InputError(f"{folder} holds {name}, which is {others[0]}, not {weights}; that is {wanted}")
    return found


@functools.cache
def files(network: str) -> dict[str, str]:
    """Names of the weights files of a torchvision network, by the names of the weights; empty where not known."""
    try:
        sources = sorted(paths.resolve("package:torchvision/models").glob("*.py"))
        return next((found for source in sources if (found := _in_source(source, network))), {})
    except (InputError, OSError, SyntaxError, ValueError):
        return {}  # building the network says what is wrong


def _in_source(source: Path, network: str) -> dict[str, str]:
    text = source.read_text(encoding="utf-8")
    if f"def {network}(" not in text:
        return {}
    body = ast.parse(text).body
    builder = next((node for node in body if isinstance(node, ast.FunctionDef) and node.name == network), None)
    kinds = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
    named = (kinds.get(name) for name in _annotated(builder)) if builder else iter(())
    kind = next((found for found in named if found), None)
    return dict(_members(kind)) if kind else {}


def _annotated(builder: ast.FunctionDef) -> list[str]:
    """Names in the annotation of the argument `weights`, such as `Optional[ResNet18_Weights]`."""
    arguments = [item for item in [*builder.args.args, *builder.args.kwonlyargs] if item.arg == "weights"]
    noted = [item.annotation for item in arguments if item.annotation]
    return [node.id for annotation in noted for node in ast.walk(annotation) if isinstance(node, ast.Name)]


def _members(kind: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Name and file of each weights, `NAME = Weights(url="https://.../FILE", ...)`, and of a second name of one."""
    found: dict[str, str] = {}
    for node in kind.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(keywords=keywords)):
                urls = [item.value for item in keywords if item.arg == "url" and isinstance(item.value, ast.Constant)]
                found |= dict.fromkeys([name] * len(urls), "".join(str(url.value).rpartition("/")[2] for url in urls))
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Name(id=other)) if other in found:
                found[name] = found[other]
    yield from found.items()
