"""What trying a network has shown, kept from one planning to the next, and for the jobs: see config/preflight.py."""

import json
from pathlib import Path
from typing import Any, TypedDict

from .. import paths
from ..provenance import digests, sources
from ..store.files import write_atomically
from ..store.network import Network

CACHE = Path(".snakemake", "cambench")  # also of digests of large files
# They decide nothing of what is kept here.
_ELSEWHERE = ("title", "layer", "layout", "tokens", "of", "classes", "classes_file", "names", "score", "preprocessing")


class Tried(TypedDict):
    """Of a network: the files that building it opens, the digest of its weights, the preprocessing that they name.

    `revision` is the commit of its repository, `checkpoint` where in their file the weights are.
    """

    opened: list[str]
    state: str | None
    own_preprocessing: dict[str, Any] | None
    revision: str | None
    checkpoint: str | None


_NOTHING: Tried = {"opened": [], "state": None, "own_preprocessing": None, "revision": None, "checkpoint": None}


def files(block: dict) -> dict[str, Any]:
    """Digests of what a network is made from: its file of weights, the factory's source, and files that this opens."""
    return {**_known(block), "opened": sorted(_digest(Path(path)) for path in read(block)["opened"])}


def deciding(block: dict) -> dict[str, Any]:
    """What decides a network's answers beside its settings: these digests, and that of its weights, `state`.

    `commit` is that of its repository, so that every job reads the same one; then no file decides that says which
    commit a branch stands for.
    """
    kept = read(block)
    if not kept["revision"]:
        return {**files(block), "state": kept["state"]}
    opened = [path for path in map(Path, kept["opened"]) if not _is_branch(path)]
    found = {"opened": sorted(map(_digest, opened)), "commit": kept["revision"]}
    return {**_known(block), **found, "state": kept["state"]}


def weights_digest(block: dict) -> str | None:
    """Digest of a network's weights file, if it has one."""
    if not paths.is_file(block["weights"]):
        return None
    return digests.file_digest(paths.resolve(block["weights"]), CACHE)


def read(block: dict) -> Tried:
    """What is known of a network; of one that has not been tried, nothing is."""
    try:
        kept: Tried = {**_NOTHING, **json.loads(_place(block).read_text(encoding="utf-8"))}
    except (OSError, ValueError):
        return _NOTHING
    return kept


def of(facts: Network, opened: list[str]) -> Tried:
    """What is kept of a trial: its facts and the files that were opened."""
    return {
        "opened": opened,
        "state": facts["state"],
        "own_preprocessing": facts["own_preprocessing"],
        "revision": facts["revision"],
        "checkpoint": facts["checkpoint"],
    }


def keep(block: dict, found: Tried) -> None:
    """Keep what trying a network has shown."""
    write_atomically(_place(block), json.dumps(found))


def _place(block: dict) -> Path:
    own = {key: value for key, value in block.items() if key not in _ELSEWHERE}
    return CACHE / f"{digests.of([own, _known(block)])}.network.json"


def _known(block: dict) -> dict[str, str | None]:
    """Digests of what can be found without building the network."""
    source = sources.source_digest(block["factory"].partition(":")[0]) if "factory" in block else None
    return {"weights_digest": weights_digest(block), "source_digest": source}


def _is_branch(path: Path) -> bool:
    """Whether a file of Hugging Face's cache names the commit of a branch or a tag."""
    return any(at.name == "refs" and at.parent.name.startswith("models--") for at in path.parents)


def _digest(path: Path) -> str:
    return digests.file_digest(path, CACHE) if path.is_file() else "lost"
