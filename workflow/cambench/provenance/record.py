"""Stage `provenance`: what a run was made with and what it made, as JSON and as an RO-Crate."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from rocrate.rocrate import ROCrate

from ..errors import InputError
from ..store import tables
from ..store.network import Network
from ..store.written import sha256
from .command import command
from .evidence import RECORD, Evidence, sealed

_ABOUT = {
    "manifest.parquet": "The images: path, label, size, SHA-256",
    "rejected.parquet": "Files that are no images, and why",
    "metrics.parquet": "Every metric of every image, network and method",
    "provenance.json": "Versions, platform, configuration and digests of this run",
    "report/index.html": "Tables and figures on one page",
}
_FORMATS = {".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".html": "text/html", ".png": "image/png"}
_FORMATS |= {".json": "application/json", ".svg": "image/svg+xml", ".md": "text/markdown", ".tex": "application/x-tex"}
_FORMATS |= {".pdf": "application/pdf"}


def record(
    results: Path,
    files: list[str],
    networks: list[Network],
    config: dict,
    code: dict,
    definitions: dict,
    evidence: Evidence,
) -> dict:
    """Everything that a number of this run follows from.

    **Arguments:** `files` in `results` whose digests are recorded; `networks` as described by stage `networks`;
    `code` digests of adapters and methods, by name; `definitions` versions of metrics and methods; `evidence` of what
    the files have to be.
    **Raises:** `InputError` for files that no job of this run wrote.
    """
    digests = {Path(name).relative_to(results).as_posix(): sha256(name) for name in sorted(files)}
    _refuse_others(results, digests, evidence)
    made = {
        "run": config["run"],
        "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        "command": command(),
        "platform": _platform(),
        "versions": dict(sorted((item.name, item.version) for item in metadata.distributions())),
        "revision": _revision(),
        "code": code,
        "definitions": definitions,
        "config": config,
        "networks": {network["network"]: network for network in networks},
        "manifest": {
            "sha256": digests["manifest.parquet"],
            "images": len(tables.read(results / "manifest.parquet", ["image"])),
            "rejected": len(tables.read(results / "rejected.parquet")),
        },
        "files": digests,
    }
    return sealed(made)


def _refuse_others(results: Path, digests: dict[str, str], evidence: Evidence) -> None:
    """Nothing is recorded of a run in which somebody else wrote a file."""
    others = [f"{results}/{name}" for name, found in digests.items() if found != (evidence.digest(name) or found)]
    if others:
        whose = "its job" if len(others) == 1 else "their jobs"
        raise InputError(f"{', '.join(others)}: not what {whose} wrote; mend: rm {' '.join(others)}, then run again")


def crate(results: Path, recorded: dict[str, Any]) -> ROCrate:
    """The run as a research object (RO-Crate 1.1): its files and stores, and the action that made them."""
    made = ROCrate()
    made.name = f"cambench: {recorded['run']}"
    made.description = "Class activation maps, their metrics, tables and figures, made by cambench"
    made.root_dataset["datePublished"] = recorded["finished"]
    parts = [
        made.add_file(results / name, name, properties=_about(name, digest), record_size=True)
        for name, digest in recorded["files"].items()
        if ".zarr/" not in name
    ]
    parts.append(made.add_file(results / RECORD, RECORD, properties=_about(RECORD, sha256(results / RECORD))))
    roots = [name.removesuffix("zarr.json") for name in recorded["files"] if name.endswith(".zarr/zarr.json")]
    for root in roots:
        properties = {"name": root.removesuffix("/"), "encodingFormat": "application/vnd+zarr"}
        parts.append(made.add_dataset(dest_path=root, properties=properties))
    software = {"@id": "#cambench", "@type": "SoftwareApplication", "name": "cambench"}
    tool = made.add_jsonld({**software, "softwareVersion": recorded["versions"].get("cambench", "")})
    done = {"name": recorded["command"], "endTime": recorded["finished"]}
    made.add_action(tool, identifier="#run", result=parts, properties=done)
    return made


def _about(name: str, digest: str) -> dict[str, str]:
    facts = {"name": name, "sha256": digest, "encodingFormat": _FORMATS[Path(name).suffix]}
    return facts | ({"description": _ABOUT[name]} if name in _ABOUT else {})


def _platform() -> dict[str, str | int | None]:
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }


def _revision() -> str | None:
    """The commit of this package, with `-dirty` if files were changed since; None outside a git checkout."""
    try:
        asked = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--dirty", "--abbrev=40"]
        return subprocess.run(asked, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None
