"""The configuration, checked and completed before any rule is read; a wrong one ends here, with one line per error."""

import copy
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from typing import Any

from snakemake.utils import update_config

from .. import methods, own, paths
from ..config import checks, curves, layers, networks, perturbations, read
from ..errors import one_line, refuse
from ..images import names, sources
from ..provenance import command, digests
from ..provenance.digests import code_digest
from ..store.files import write_atomically
from ..store.network import Network
from . import preprocessing, sample, tried


def prepare(
    config: dict,
    files: Iterable[Any],
    overrides: dict,
    planning: bool,
    found: Callable[[dict[str, Network]], None] | None = None,
) -> dict:
    """A configuration with defaults; prints one line per error and exits with 1 if it cannot run.

    **Arguments:** `config` as Snakemake merged it, from `files` and the command line's `overrides`; `planning` whether
    this process plans the workflow: the jobs that it starts read the configuration, too, and need not look again;
    `found` is called with the facts of the networks by name, where they have been tried.
    **Returns:** another configuration; `config` stays as it is, for several modules may be given the same one.
    """
    paths.make_importable()
    config = copy.deepcopy(config)
    update_config(config, read.typed(overrides))
    looking = planning and not command.only_asks()  # which works without the images and networks of the demo
    full, errors = read.resolve(config, [str(file) for file in files], look=looking)
    refuse(errors)
    if looking:
        if not command.only_reads():
            unwritable = checks.results_error(f"results/{full['run']}")
            refuse([unwritable] if unwritable else sample.thrown_away(full))
        refuse(_weights(full["networks"]))
    if looking or (planning and preprocessing.unknown(full["networks"])):
        refuse(_preflight(full))
        if found is not None:
            found(_facts(full))
    if looking:
        _tell(full["networks"])
        preprocessing.tell(full["networks"], config["networks"])
        command.remember()
    refuse(preprocessing.unknown(full["networks"]))
    preprocessing.take_own(full["networks"])
    # of sizes that are the networks' own, too
    refuse([*curves.problems(full), *perturbations.problems(full)])
    networks.settle(full["networks"])
    return full


def _weights(networks: dict[str, dict]) -> Iterator[str]:
    """Weights files that are not what the config, or their own name, says."""
    for name, block in layers.blocks(networks).items():
        found = tried.weights_digest(block)
        if found is None:
            continue
        place = f"config: networks.{name}: weights {block['weights']} have sha256 {found}"
        named = paths.HUB_NAME.search(block["weights"])
        if block.get("sha256", found) != found:
            yield f"{place}, not {block['sha256']}"
        elif named and not found.startswith(named[1]):
            yield f"{place}, not {named[1]}... as their name says"


def _tell(networks: dict[str, dict]) -> None:
    """Say on stderr which weights of a checkpoint are taken."""
    for name, block in layers.blocks(networks).items():
        if place := tried.read(block)["checkpoint"]:
            line = f"networks.{name}: weights {block['weights']} are those under {place!r}"
            print(one_line(line), file=sys.stderr)


def _preflight(config: dict) -> list[str]:
    """Open every network once, in a process of its own; a configuration that passed is not tried again."""
    request = _request(config)
    if _passed(request).exists() or find_spec("torch") is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder, "request"), Path(folder, "answer")
        asked.write_text(json.dumps(request), encoding="utf-8")
        call = [sys.executable, "-m", "cambench.config.preflight", str(asked), str(told)]
        done = subprocess.run(call, stdin=subprocess.DEVNULL, stdout=2)  # what networks print is shown, and not read
        if not told.exists():
            return [f"config: networks cannot be tried: the process ended with status {done.returncode}"]
        answer = json.loads(told.read_text(encoding="utf-8"))
    for name, trial in answer["trials"].items():
        if facts := trial["facts"]:
            tried.keep(config["networks"][name], tried.of(facts, trial["opened"]))
    if not answer["problems"]:
        facts = {name: trial["facts"] for name, trial in answer["trials"].items()}
        write_atomically(_passed(request), json.dumps(facts))
    return answer["problems"]


def _facts(config: dict) -> dict[str, Network]:
    """What trying the networks has told; nothing where they cannot be tried."""
    try:
        found: dict[str, Network] = json.loads(_passed(_request(config)).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _request(config: dict) -> dict[str, Any]:
    """What trying the networks depends on, and no more, so that other changes do not open them again."""
    return {
        "networks": {name: _decisive(block) for name, block in config["networks"].items()},
        "methods": {label: _asked(block) for label, block in config["methods"].items()},
        "largest_label": sources.largest_label(config["dataset"]),
    }


def _asked(block: dict) -> dict:
    """A method's block with the settings on which it depends whether a network can be explained."""
    checked = methods.facts(block["cam"]).checked | {"layers"}
    return {
        "cam": block["cam"],
        "settings": {key: block["settings"][key] for key in sorted(checked & set(block["settings"]))},
    }


def _decisive(block: dict) -> dict:
    """A network's block without its title; of its file of names of classes, their number is tried."""
    own = {key: value for key, value in block.items() if key not in ("title", "classes_file")}
    return own | ({"names": len(names.read(paths.resolve(block["classes_file"])))} if "classes_file" in block else {})


def _passed(request: dict) -> Path:
    """A file of facts, there if a request has passed, with the code, and the files of the networks, as they are."""
    known = [[tried.files(block), tried.read(block)] for block in request["networks"].values()]
    asked = [methods.involved(block["cam"], block["settings"]) for block in request["methods"].values()]
    cams = [own.module("methods", cam) for cam in sorted({*chain(*asked)})]
    digest = digests.of([request, known, code_digest(None, "config.preflight", *cams)])
    return tried.CACHE / f"{digest}.passed.json"
