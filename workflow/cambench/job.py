"""A workflow job seen from inside: its log, its progress bar, its inputs as arrays, and errors in one line."""

import json
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tqdm import tqdm

from . import layout, store
from .errors import InputError
from .lazy import LazyRows

_BLOCK = 1024


class Job:
    """What Snakemake tells a script, in the terms of this package."""

    def __init__(self, snakemake: Any, log: TextIO) -> None:
        self.input, self.output, self.params = snakemake.input, snakemake.output, snakemake.params
        self.compute, self.threads = snakemake.config["compute"], snakemake.threads
        self.wildcards = snakemake.wildcards
        self.rows: tuple[int, int] = tuple(self.params.get("rows", (0, 0)))
        path = self.input.get("network")
        self.network: dict[str, Any] = json.loads(Path(path).read_text()) if path else {}
        others = [json.loads(Path(path).read_text()) for path in self.input.get("networks", [])]
        self.networks: dict[str, dict[str, Any]] = {other["model"]: other for other in others}
        self._rule, self._log, self._bars = snakemake.rule, log, list[tqdm]()
        if self.rows[1]:
            self.expect(self.rows[1] - self.rows[0])

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

    def read(self, stage: str, variable: str, rows: tuple[int, int] | None = None) -> np.ndarray:
        """Rows of a variable (those of the job by default) from the chunk files among the job's inputs."""
        rows, size, paths = rows or self.rows, self.params.sizes[stage], self._paths(stage, variable)
        first = self.rows[0] // size
        covering = [paths[shard - first] for shard in layout.covering(rows, size)]
        return store.read_rows(covering, stage, variable, rows, size, self._tail(stage, variable))

    def pixels(self) -> LazyRows:
        """Pixels of the job's images, uint8 (n, H, W, 3), read when they are asked for."""
        size, tail = self.params.sizes["images"], self._tail("images", "pixels")
        return LazyRows(self._paths("images", "pixels"), "images", "pixels", self.rows, size, tail)

    def blocks(self) -> Iterator[tuple[int, int]]:
        """The job's rows in runs small enough for maps at input resolution, with progress."""
        for start in range(*self.rows, _BLOCK):
            stop = min(start + _BLOCK, self.rows[1])
            yield start, stop
            self.advance(stop - start)

    def write(self, stage: str, arrays: dict[str, np.ndarray]) -> None:
        """Write the job's shard of a stage."""
        store.write_shard({name: self.output[name] for name in arrays}, stage, arrays, self.params.sizes[stage])

    def close(self) -> None:
        """Finish the progress bars."""
        for bar in self._bars:
            bar.close()

    def _paths(self, stage: str, variable: str) -> list[str]:
        inputs = self.input[f"{stage}_{variable}"]
        return [inputs] if isinstance(inputs, str) else list(inputs)

    def _tail(self, stage: str, variable: str) -> tuple[int, ...]:
        resolution, points = self.params.get("resolution", "layer"), self.params.get("points", [])
        return layout.tail(stage, variable, self.network, resolution, len(points))


@contextmanager
def job(snakemake: Any) -> Iterator[Job]:
    """Run a script's body: progress goes to the log and a terminal, an error to both, and exits with 1."""
    with open(snakemake.log[0], "w", buffering=1) as log:
        try:
            run = Job(snakemake, log)
            yield run
            run.close()
        except InputError as error:
            for file in (sys.stderr, log):
                with suppress(OSError):  # the log may lie on the disk that is full
                    print(f"cambench: {error}", file=file)
            sys.exit(1)
        except Exception:
            traceback.print_exc(file=log)
            raise
