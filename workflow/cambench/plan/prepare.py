"""The configuration, checked and completed before any rule is read; a wrong one ends here, with one line per error."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from typing import Any

from snakemake.utils import update_config

from .. import paths
from ..config import checks, read
from ..errors import refuse
from ..images import sources
from ..provenance import command
from ..provenance.digests import code_digest
from .settings import CACHE, weights_digest


def prepare(config: dict, files: Iterable[Any], overrides: dict, planning: bool) -> dict:
    """A configuration with defaults; prints one line per error and exits with 1 if it cannot run.

    **Arguments:** `config` as Snakemake merged it, from `files` and the command line's `overrides`; `planning` whether
    this process plans the workflow: the jobs that it starts read the configuration, too, and need not look again.
    """
    paths.make_importable()
    update_config(config, read.typed(overrides))
    full, errors = read.resolve(config, [str(file) for file in files], look=planning)
    refuse(errors)
    if planning:
        unwritable = checks.results_error(f"results/{full['run']}")
        refuse([unwritable] if unwritable else [])
        refuse(_weights(full["networks"]))
        refuse(_preflight(full))
        command.remember()
    return full


def _weights(networks: dict[str, dict]) -> Iterator[str]:
    """Weights files that are not what the config, or their own name, says."""
    for name, block in networks.items():
        found = weights_digest(block)
        if found is None:
            continue
        place = f"config: networks.{name}: weights {block['weights']} have sha256 {found}"
        named = paths.HUB_NAME.search(block["weights"])
        if block.get("sha256", found) != found:
            yield f"{place}, not {block['sha256']}"
        elif named and not found.startswith(named[1]):
            yield f"{place}, not {named[1]}... as their name says"


def _preflight(config: dict) -> list[str]:
    """Open every network once, in a process of its own; a configuration that passed is not tried again."""
    request = {key: config[key] for key in ("networks", "methods")}
    request["largest_label"] = sources.largest_label(config["dataset"])
    weights = [weights_digest(block) for block in config["networks"].values()]
    cams = sorted({f"methods.{block['cam']}" for block in config["methods"].values()})
    code = code_digest(None, "config.preflight", *cams)
    asked = json.dumps([request, weights, code], sort_keys=True)
    passed = CACHE / hashlib.sha256(asked.encode()).hexdigest()[:16]
    if passed.exists() or find_spec("torch") is None:
        return []
    call = [sys.executable, "-m", "cambench.config.preflight"]
    done = subprocess.run(call, input=json.dumps(request), text=True, stdout=subprocess.PIPE)
    lines = [line for line in done.stdout.splitlines() if line]
    if done.returncode == 0 and not lines:
        CACHE.mkdir(parents=True, exist_ok=True)
        passed.touch()
    return lines or ["config: check failed"] * bool(done.returncode)
