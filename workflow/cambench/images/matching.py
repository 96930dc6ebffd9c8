"""Which of the things that a user names by path belongs to an image: boxes and masks of objects."""

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import PurePosixPath


def keys(paths: Iterable[str], known: Collection[str], with_ending: bool) -> dict[str, str | None]:
    """For each image the one of the `known` paths that is its own; None where there is none, or it cannot be told.

    An image is found by its path as the manifest lists it, or by the name of its file alone where no other image and no
    other known path has that name. Without an ending, of images that differ in their endings alone none is found.

    **Arguments:** `paths` of images; `with_ending` whether the known ones have that of their image, or none at all.

    >>> keys(["b/x.png", "c/y.png"], ["a/x.png"], with_ending=True)
    {'b/x.png': 'a/x.png', 'c/y.png': None}
    """
    own = {path: path if with_ending else str(PurePosixPath(path).with_suffix("")) for path in paths}
    sharing, alone, near = Counter(own.values()), _alone(own.values()), _alone(known)

    def found(key: str) -> str | None:
        name = PurePosixPath(key).name
        if sharing[key] > 1:
            return None
        return key if key in known else near.get(name) if name in alone else None

    return {path: found(key) for path, key in own.items()}


def _alone(paths: Iterable[str]) -> dict[str, str]:
    """Paths by the name of their file, of those names that one alone has."""
    names: dict[str, set[str]] = {}
    for path in paths:
        names.setdefault(PurePosixPath(path).name, set()).add(path)
    return {name: one for name, (one, *others) in names.items() if not others}
