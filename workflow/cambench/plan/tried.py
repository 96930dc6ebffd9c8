"""What trying a network has shown, kept from one planning to the next, and for the jobs: see config/preflight.py."""

import json
from pathlib import Path
from typing import Any, TypedDict

from .. import paths
from ..provenance import digests, sources
from ..store.files import write_atomically

CACHE = Path(".snakemake", "cambench")  # also of digests of large files
# They decide nothing of what is kept here.
_ELSEWHERE = ("title", "layer", "classes", "preprocessing")


class Tried(TypedDict):
    """Of a network: the files that its factory opens, the digest of its weights, the preprocessing that they name."""

    opened: list[str]
    state: str | None
    own_preprocessing: dict[str, Any] | None


def files(block: dict) -> dict[str, Any]:
    """Digests of what a network is made from: its file of weights, the factory's source, and files that this opens."""
    opened = [_digest(Path(path)) for path in read(block)["opened"]]
    return {**_known(block), "opened": sorted(opened)}


def weights_digest(block: dict) -> str | None:
    """Digest of a network's weights file, if it has one."""
    if not paths.is_file(block["weights"]):
        return None
    return digests.file_digest(paths.resolve(block["weights"]), CACHE)


def read(block: dict) -> Tried:
    """What is known of a network; of one that has not been tried, nothing is."""
    try:
        kept: Tried = json.loads(_place(block).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"opened": [], "state": None, "own_preprocessing": None}
    return kept


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


def _digest(path: Path) -> str:
    return digests.file_digest(path, CACHE) if path.is_file() else "lost"
