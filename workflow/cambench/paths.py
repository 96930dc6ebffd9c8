"""Find the files that a configuration names, and this package itself."""

import os
import re
from importlib.util import find_spec
from pathlib import Path

from .errors import InputError

HUB_NAME = re.compile(r"-([0-9a-f]{8,})\.pth$")  # torchvision's weights files end in the start of their SHA-256
_PACKAGE = Path(__file__).resolve().parent


def resolve(path: str) -> Path:
    """A path, or `package:NAME/path` inside an installed package, which is located but not imported.

    **Raises:** `InputError` if the package or the path does not exist, or may not be looked at.
    """
    where = Path(os.fsdecode(path.encode(errors="surrogateescape")))  # a locale may spell names in another way
    if path.startswith("package:"):
        name, _, rest = path.removeprefix("package:").partition("/")
        where = _package(name, path) / rest
    if not _exists(where):
        raise InputError(f"{path}: no such file or folder")
    return where


def _package(name: str, path: str) -> Path:
    """Folder of an installed package. Of a part, as in `a.b`, it could not be told without importing `a`."""
    if not name.isidentifier():
        raise InputError(f"{path}: {name!r} is not the name of a package; write package:NAME/path")
    try:
        spec = find_spec(name)
    except ValueError:  # a module that says nothing of where it comes from, such as __main__
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise InputError(f"{path}: package {name} is not installed")
    return Path(next(iter(spec.submodule_search_locations)))


def _exists(where: Path) -> bool:
    try:
        return where.exists()
    except OSError as error:  # no permission, or a name that is too long
        raise InputError(f"{where}: {error.strerror}") from error


def reference(path: str) -> Path:
    """A file from the working folder or, where there is none, from inside this package: `reference/published.csv`.

    **Raises:** `InputError` if neither exists.
    """
    for where in (Path(path), _PACKAGE / path):
        if _exists(where) and where.is_file():
            return where
    raise InputError(f"{path}: no such file, neither in the working folder nor in cambench")


def is_file(weights: str | None) -> bool:
    """Whether `weights` names a file, as opposed to torchvision's name of weights, or none."""
    return weights is not None and any(mark in weights for mark in ("package:", "/", "."))


def folder_of_weights(folder: str) -> Path:
    """The folder that `weights_folder` names, which may lie in a package. **Raises:** `InputError` if it is none."""
    if not (found := resolve(folder)).is_dir():
        raise InputError(f"{folder} is no folder")
    return found


def hub_file(folder: str, name: str) -> str:
    """Path of torchvision's own weights file of a network, NAME-DIGEST.pth, in a local folder.

    **Raises:** `InputError` if there is none, or several (other versions), of which one has to be named.
    """
    files = (path.name for path in folder_of_weights(folder).glob("*.pth"))
    found = sorted(file for file in files if HUB_NAME.sub("", file) == name != file)
    if len(found) != 1:
        raise InputError(f"{folder} holds {len(found)} files {name}-DIGEST.pth{': ' * bool(found)}{', '.join(found)}")
    return f"{folder.rstrip('/')}/{found[0]}"


def make_importable() -> None:
    """Let jobs import this package from where it lies, in whatever environment and on whatever node they run."""
    here, known = str(_PACKAGE.parent), os.environ.get("PYTHONPATH", "")
    if here not in known.split(os.pathsep):
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [here, known]))


def near(path: Path) -> Path:
    """A path as it is written in the working folder: relative to it, if it lies in there."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def snakefile() -> Path:
    """The workflow's Snakefile: inside an installed package, or beside the package in a checkout."""
    inside = _PACKAGE / "_workflow" / "Snakefile"
    return inside if inside.is_file() else _PACKAGE.parents[1] / "Snakefile"
