"""A workflow job seen from inside: its log, its progress bar, its inputs as arrays, and errors in one line."""

import gc
import io
import signal
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from tqdm import tqdm

from . import own
from .errors import InputError, one_line
from .store import network, written
from .store.layout import Shapes
from .store.network import Network, shares_activations
from .store.stages import STAGES

if TYPE_CHECKING:  # what reads and writes chunks imports zarr, a quarter of the start of a job that only has tables
    from .store.reader import LazyRows, Reader

# Adapters import this first. Modules live as long as the process does, and looking through them for garbage while torch
# is imported takes a sixth of a job's start.
gc.disable()


class Job:
    """What Snakemake tells a script, in the terms of this package."""

    def __init__(self, snakemake: Any, log: TextIO) -> None:
        self.input, self.output, self.params = snakemake.input, snakemake.output, snakemake.params
        self._inputs = dict(snakemake.input.items())  # those that have a name
        self.compute, self.threads = snakemake.config["compute"], snakemake.threads
        self.config, self.wildcards = snakemake.config, snakemake.wildcards
        own.use_metrics(self.config["metrics"])
        # Where the run's files lie, whatever prefix or storage Snakemake puts before them.
        self.results = Path(str(snakemake.log[0]).rpartition("/logs/")[0])
        self.rows: tuple[int, int] = tuple(self.params.get("rows", (0, 0)))
        self._rule, self._log, self._bars = snakemake.rule, log, list[tqdm]()
        self._readers: dict[tuple[str, str], Reader] = {}
        if self.threads > 1:  # for the table of costs
            log.write(f"threads: {self.threads}\n")
        if self.rows[1]:
            self.expect(self.rows[1] - self.rows[0])

    @cached_property
    def network(self) -> Network | None:
        """Facts of the job's network, if it has one."""
        return network.read(self._inputs["network"]) if "network" in self._inputs else None

    @cached_property
    def networks(self) -> dict[str, Network]:
        """Facts of every network that the job reads, by name."""
        found = [network.read(path) for path in self.input["networks"]]
        return {facts["network"]: facts for facts in found}

    @property
    def shares_activations(self) -> bool:
        """Whether the activations of the clean pass of the job's network are kept."""
        return self.network is not None and shares_activations(self.network, self.compute["share_activations"])

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Settings of the job's network: its block of the config, and what planning found of its files.

        Params hold but the part that decides an answer.
        """
        return {**self.params.network, **self.config["networks"][self.wildcards.network]}

    @cached_property
    def method_settings(self) -> dict[str, Any]:
        """Settings of the job's method; one that reads maps from a file also gets the path of the manifest."""
        settings = dict(self.params.method["settings"])
        if "manifest" in self._inputs:
            settings["listed"] = str(self.input["manifest"])
        return settings

    @cached_property
    def shapes(self) -> Shapes:
        """Shapes of what is stored of one image of the job's network and method."""
        return _shapes(self.network, self.params.get("store", self.params))

    def read(self, name: str) -> "LazyRows":
        """The job's rows of a variable, `stage.variable`, read when they are asked for."""
        return self._reader(name)

    def read_kept(self, name: str) -> "LazyRows | None":
        """The same of a variable that may be spared, or not asked for; None where it was."""
        rows = self.read(name) if name in self._inputs else None
        return None if rows is None or rows.are_spared else rows

    def reader(self, network: str, method: str) -> "Reader":
        """Reads variables of one network and method, for a job whose inputs are of several.

        Their names are `stage.variable network` and `stage.variable network method`.
        """
        if (network, method) not in self._readers:
            self._readers[network, method] = self._open(network, method)
        return self._readers[network, method]

    def write(self, stage: str, blocks: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Write the job's shard of a stage, block by block as the stage yields them, with progress."""
        from .store import writer

        paths = {name: self.output[name] for name in STAGES[stage].writes}
        with writer.writing(paths, stage, self.params.shards[stage], self.params.made[stage]) as put:
            for block in blocks:
                put(block)
                self.advance(len(next(iter(block.values()))))

    def expect(self, total: int, unit: str = "image") -> None:
        """Start the progress bars: one in the log, one on the terminal if there is one."""
        self._bars = [
            tqdm(file=file, desc=self._rule, total=total, unit=unit, mininterval=wait, disable=off, leave=kept)
            for file, wait, off, kept in ((self._log, 2.0, False, True), (sys.stderr, 0.1, None, False))
        ]

    def advance(self, rows: int) -> None:
        """Move the progress bars."""
        for bar in self._bars:
            bar.update(rows)

    def each(self, items: Mapping[str, Any], unit: str) -> Iterator[tuple[str, Any]]:
        """Names and items, one after the other, with progress."""
        self.expect(len(items), unit)
        for name, item in items.items():
            yield name, item
            self.advance(1)

    def say(self, line: str) -> None:
        """Tell the user something, on the terminal and in the log."""
        for file in (sys.stderr, self._log):
            print(f"cambench: {line}", file=file)

    def close(self) -> None:
        """Finish the progress bars, and say in the log what was written."""
        for bar in self._bars:
            bar.close()
        with suppress(OSError):  # a missing output is Snakemake's to say
            self._log.write(written.lines(self.results, self.output))

    def _open(self, network: str, method: str) -> "Reader":
        from .store.reader import Reader

        params = {"shards": self.params.shards[f"{network} {method}"]}
        if self.params.get("resolution"):
            params["resolution"] = self.params.resolution[method]
        made = self.params.made[f"{network} {method}"]
        shapes = _shapes(self.networks[network], {**dict(self.params.items()), **params})
        paths = {}
        for key, found in self._inputs.items():
            name, *names = key.split(" ")
            if names in ([network], [network, method]):
                paths[name] = _listed(found)
        return Reader(paths, (0, self.params.images), params["shards"], shapes, made)

    @cached_property
    def _reader(self) -> "Reader":
        from .store.reader import Reader

        paths = {key: _listed(found) for key, found in self._inputs.items() if "." in key}
        return Reader(paths, self.rows, self.params.shards, self.shapes, self.params.made)


def _shapes(facts: Network | None, params: Any) -> Shapes:
    named = params.get("resolution", "layer"), params.get("points"), params.get("pixels", (0, 0))
    return Shapes.of(facts, *named, params.get("lengths"))


def _listed(paths: Any) -> list[str]:
    """Snakemake hands a single file over as it is."""
    return [paths] if isinstance(paths, str) else list(paths)


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """Run a script's body: progress goes to the log and a terminal, an error to both, and exits with 1."""
    gc.freeze()
    gc.enable()
    with _log(snakemake.log[0]) as log:
        try:
            run = Job(snakemake, log)
            yield run
            run.close()
            gc.freeze()  # or Python would look through all modules once more as it ends, a quarter of a second
        except InputError as error:
            for file in (sys.stderr, log):
                with suppress(OSError):
                    file.write(f"cambench: {one_line(str(error))}\n")  # at once, for other jobs write there too
            sys.exit(1)
        except Exception:
            traceback.print_exc(file=log)
            raise
        except KeyboardInterrupt:
            # At its end Python waits for all threads, and for ever for one whose start was interrupted, of which its
            # pool does not know. So the signal ends the process at once.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            signal.raise_signal(signal.SIGINT)


@contextmanager
def _log(path: str) -> Iterator[TextIO]:
    """The job's log; it may lie on the disk that is full, which is another error's to say."""
    # closed below, where an error may be passed over
    log = _Log(open(path, "wb"), encoding="utf-8", errors="backslashreplace", line_buffering=True)  # noqa: SIM115
    try:
        yield log
    finally:
        with suppress(OSError):
            log.close()


class _Log(io.TextIOWrapper):
    """A file of text that passes over what it has no room for."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            super().write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            super().flush()
