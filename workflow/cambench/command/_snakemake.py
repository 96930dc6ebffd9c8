"""Run Snakemake as a process of its own, follow what it does, and pass signals on."""

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path
from typing import IO, Any, NamedTuple, TextIO

from .. import paths
from ..errors import InputError
from ..paths import near
from ._configuration import check_syntax, configuration
from ._progress import Display, Stage, display

_FOLLOWED = "CAMBENCH_FOLLOWED"  # see plan/following.py, which is Snakemake's process
# Options that say how many jobs run at once, or name a profile that may.
_CORES = re.compile(r"-[cj]\w*|--(cores|jobs|profile)(=.*)?")
_NOISE = re.compile(r"Using (workflow specific )?profiles? .*|Assuming unrestricted shared filesystem usage\.")
_USAGE, _ERROR = "usage: __main__.py ", "__main__.py: error: "
_FAILED = "At least one job did not complete successfully"
_POLL = 0.1  # seconds


class Outcome(NamedTuple):
    """How Snakemake ended: its exit status, whether it was stopped, and what `terminal.after` needs to show the table.

    `table` is None if no table is asked for.
    """

    status: int
    stopped: bool
    table: dict[str, Any] | None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A configuration, and options of Snakemake."""
    parser.add_argument("config", metavar="my.yaml", help="the configuration")
    rest = parser.add_argument("options", metavar="...", nargs=argparse.REMAINDER, help="options of Snakemake")
    rest.required = False  # so that an error names what is missing, and no more


def arguments(file: str, options: Sequence[str], target: str | None = None) -> list[str]:
    """Arguments of Snakemake: the workflow, a configuration, the user's options, all cores if they name none.

    **Raises:** `InputError` if a configuration is no YAML, or a key is changed without a value.
    """
    given, configs = list(options), [str(configuration(file))]
    for other in _values(given, "--configfile"):
        check_syntax(Path(other))
    for word in _values(given, "--config", "-C"):
        if "=" not in word:
            raise InputError(f"--config {word}: is not KEY=VALUE, such as run=other")
    if "--configfile" in given:  # others, which change keys of the first
        at = given.index("--configfile") + 1
        given[at:at], configs = configs, []
    cores = [] if any(map(_CORES.fullmatch, given)) or os.environ.get("SNAKEMAKE_PROFILE") else ["--cores", "all"]
    named = ["--configfile", *configs] if configs else []
    return [*([target] if target else []), "--snakefile", str(paths.snakefile()), *cores, *given, *named]


def _values(given: Sequence[str], *names: str) -> Iterator[str]:
    """The words behind an option, which takes several."""
    for place, word in enumerate(given):
        if word in names:
            yield from takewhile(lambda value: not value.startswith("-"), given[place + 1 :])


def run(given: Sequence[str], quiet: bool = False) -> Outcome:
    """Run Snakemake with arguments, and show its progress, unless `quiet`; what jobs print comes through."""
    with tempfile.TemporaryDirectory(prefix="cambench-") as folder:
        told = Path(folder, "told")
        told.touch()
        environment = {**os.environ, _FOLLOWED: str(told)}
        call = [sys.executable, "-m", "snakemake", *given]
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        text: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace"}
        with subprocess.Popen(call, env=environment, process_group=0, **streams, **text) as process:
            return _follow(process, told, quiet)


def _follow(process: subprocess.Popen, told: Path, quiet: bool) -> Outcome:
    """Show what a process tells and prints, until it ends."""
    shown = display()
    following = _Following(shown, quiet)
    to_terminal = sys.stdout.isatty()
    readers = [
        threading.Thread(target=_copy, args=(process.stderr, shown, None)),
        threading.Thread(target=_copy, args=(process.stdout, shown, None if to_terminal else sys.stdout)),
    ]
    with _signals(process, shown) as stopped, told.open(encoding="utf-8") as lines:
        for reader in readers:
            reader.start()
        while process.poll() is None:
            following.read(lines)
            time.sleep(_POLL)
        for reader in readers:
            reader.join()
        following.read(lines)
        shown.close()
    status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(status, bool(stopped), following.table)


class _Following:
    """What has been told of a run, see `plan/following.py`."""

    def __init__(self, shown: Display, quiet: bool) -> None:
        self._quiet = quiet
        self.table: dict[str, Any] | None = None
        self._shown, self._stages, self._rest = shown, dict[str, Stage](), ""

    def read(self, lines: TextIO) -> None:
        """Show the lines that have come since; the last of them may not be whole yet."""
        *whole, self._rest = (self._rest + lines.read()).split("\n")
        for line in whole:
            self._take(json.loads(line))

    def _take(self, found: dict[str, Any]) -> None:
        match found:
            case {"table": table}:
                self.table = table
            case {"said": text} if not (self._quiet and _FAILED in text):
                for line in text.splitlines():
                    self._shown.say(line)
            case _ if self._quiet:
                pass
            case {"stage": name, **counts}:
                stage = self._stages.setdefault(name, Stage(name))
                stage.update(**counts)
                self._shown.update(stage)
            case {"failed": rule, "logs": logs, "here": here}:
                self._shown.say(f"{rule} failed; its log: {', '.join(str(near(Path(log))) for log in logs)}")
                for line in [] if here else _log(logs):
                    self._shown.say(line)


def _log(paths: Sequence[str]) -> list[str]:
    """Lines of a job's logs, but for its progress."""
    texts = [Path(path).read_text(encoding="utf-8", errors="replace") for path in paths if Path(path).is_file()]
    return [line for text in texts for line in text.splitlines() if line.strip() and "%|" not in line]


def _without_usage(lines: Iterable[str]) -> Iterator[str]:
    """Lines but for Snakemake's usage, which fills the screen; the error behind it stays."""
    inside = False
    for line in lines:
        error = line.startswith(_ERROR)
        inside = not error and (inside or line.startswith(_USAGE))
        if not inside:
            yield line.replace(_ERROR, "snakemake: ") if error else line


def _copy(source: IO[str], shown: Display, to: TextIO | None) -> None:
    """Copy lines to a file, or show them above the progress."""
    for line in source if to is not None else _without_usage(source):
        if to is not None:
            with suppress(OSError):  # nobody reads it any more
                to.write(line)
                to.flush()
        elif line.strip() and not _NOISE.match(line):
            shown.say(line.rstrip("\n"))


@contextmanager
def _signals(process: subprocess.Popen, shown: Display) -> Iterator[list[int]]:
    """Pass signals on to Snakemake and its jobs, which are a group of processes of their own; lists those that stop it.

    As in a terminal, Ctrl-C reaches all of them, and what they print then says nothing; but a mere `kill` reaches
    Snakemake alone, which then waits for its jobs.
    """
    stopped: list[int] = []

    def stop(number: int, _: Any) -> None:
        stopped.append(number)
        if number == signal.SIGTERM:
            process.send_signal(number)
        else:
            shown.mute()
            _to_group(process, number)

    def suspend(*_: Any) -> None:
        _to_group(process, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        _to_group(process, signal.SIGCONT)

    handlers = {signal.SIGINT: stop, signal.SIGTERM: stop, signal.SIGHUP: stop, signal.SIGTSTP: suspend}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _to_group(process: subprocess.Popen, number: int) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
