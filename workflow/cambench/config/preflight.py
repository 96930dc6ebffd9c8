"""Try the networks of a configuration before any work: `python -m cambench.config.preflight REQUEST ANSWER`.

A process of its own, because planning never imports torch. The file REQUEST holds, as JSON, the blocks `networks` and
`methods` of the configuration, and the `largest_label` of the data set. The file ANSWER gets an `Answer`; what networks
print means nothing.
"""

import json
import os
import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, TypedDict

from ..errors import InputError
from ..methods import refusal
from ..networks.describe import describe
from ..networks.watch import files_read
from ..store.network import Network

# The machine that plans the workflow need not be the one with the GPU.
_COMPUTE = {"device": "cpu", "precision": "float32", "batch": 1}


class Trial(TypedDict):
    """What trying a network has shown: its facts and the files that were read, or one line that says what is wrong."""

    facts: Network | None
    opened: list[str]
    problem: str | None


class Answer(TypedDict):
    """One line per `problems`, and the `trials` by network."""

    problems: list[str]
    trials: dict[str, Trial]


def trial(name: str, settings: dict[str, Any]) -> Trial:
    """Build and open a network of the configuration."""
    with files_read() as opened:
        try:
            facts, problem = describe(name, settings, _COMPUTE), None
        except InputError as error:
            facts, problem = None, str(error)
    return {"facts": facts, "opened": opened, "problem": problem}


def answer(
    networks: dict[str, Any],
    methods: dict[str, Any],
    largest_label: int,
    attempt: Callable[[str, dict[str, Any]], Trial] = trial,
) -> Answer:
    """Try every network, and every method on it.

    **Arguments:** blocks `networks` and `methods` of a configuration with defaults; `largest_label` of the data set.
    """
    # one of several target layers bears the name of the user's block in what is said of it
    trials = {name: attempt(settings.get("of", name), settings) for name, settings in networks.items()}
    named = {_said(name, networks): tried for name, tried in trials.items()}
    problems = [line for name, tried in named.items() for line in _problems(name, tried, methods, largest_label)]
    problems += [line for name, settings in networks.items() for line in _misnamed(name, settings, trials[name])]
    return {"problems": [f"config: {line}" for line in dict.fromkeys(problems)], "trials": trials}


def _said(name: str, networks: dict[str, Any]) -> str:
    """How a network is named in a sentence."""
    settings = networks[name]
    return f"{settings['of']} at layer {settings['layer']}" if "of" in settings else name


def isolated(name: str, settings: dict[str, Any]) -> Trial:
    """A trial in a child of this process: no network sees what another did, and one that ends its process is caught."""
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as told, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks where there are threads: none runs yet
        child = os.fork()
        if child == 0:
            _tell(name, settings, Path(told.name))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status == 0 and (text := told.read()):
            return json.loads(text)
    return _failed(f"networks.{name}: building or running it ended the process, with status {status}")


def _tell(name: str, settings: dict[str, Any], where: Path) -> NoReturn:
    """What a child does; no error may leave it, for on its way out it would undo what its parent still needs."""
    status = 1
    try:
        where.write_text(_told(name, settings), encoding="utf-8")
        status = 0
    finally:
        os._exit(status)


def _told(name: str, settings: dict[str, Any]) -> str:
    try:
        return json.dumps(trial(name, settings))
    except BaseException as error:  # a network is the user's code, and may raise or return anything
        return json.dumps(_failed(f"networks.{name}: cannot be tried: {type(error).__name__}: {error}"))


def _failed(problem: str) -> Trial:
    return {"facts": None, "opened": [], "problem": problem}


def _problems(name: str, tried: Trial, methods: dict[str, Any], largest_label: int) -> list[str]:
    network = tried["facts"]
    if network is None:
        return [str(tried["problem"])]
    found = []
    if largest_label >= network["classes"]:
        found.append(f"dataset: label {largest_label} does not fit {name}: {network['classes']} classes")
    for label, block in methods.items():
        if reason := _refusal(block, network):
            found.append(f"methods.{label}: cannot explain {name}: {reason}")
    return found


def _misnamed(name: str, settings: dict[str, Any], tried: Trial) -> list[str]:
    """A file of names of classes that has others than the network has classes."""
    network, names = tried["facts"], settings.get("names")
    if network is None or names in (None, network["classes"]):
        return []
    whose = settings.get("of", name)
    return [f"networks.{whose}: classes_file: {names} names, but the network has {network['classes']} classes"]


def _refusal(block: dict[str, Any], network: Network) -> str | None:
    try:
        return refusal(block["cam"], network, block.get("settings"))
    except InputError as error:
        return str(error)


if __name__ == "__main__":
    request = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    Path(sys.argv[2]).write_text(json.dumps(answer(**request, attempt=isolated)), encoding="utf-8")
