"""A workflow job seen from inside: its log, its progress bar, its inputs as arrays, and errors in one line."""

import json
import math
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from tqdm import tqdm

from . import layout, store
from .errors import InputError
from .lazy import LazyRows

_BLOCK, _BLOCK_CELLS = 1024, 4 << 20  # most rows, and most cells of their maps


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
        self._lazy: dict[tuple[str, str], LazyRows] = {}
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
        start, stop = rows or self.rows
        return self.lazy(stage, variable)[start - self.rows[0] : stop - self.rows[0]]

    def lazy(self, stage: str, variable: str) -> LazyRows:
        """The job's rows of a variable, read when they are asked for."""
        if (stage, variable) not in self._lazy:
            paths, size, tail = self._paths(stage, variable), self.params.sizes[stage], self._tail(stage, variable)
            self._lazy[stage, variable] = LazyRows(paths, stage, variable, self.rows, size, tail)
        return self._lazy[stage, variable]

    def blocks(self) -> Iterator[tuple[int, int]]:
        """The job's rows in runs whose maps fit into memory many times over, with progress."""
        step = min(_BLOCK, max(1, _BLOCK_CELLS // math.prod(self._tail("saliency", "raw"))))
        for start in range(*self.rows, step):
            stop = min(start + step, self.rows[1])
            yield start, stop
            self.advance(stop - start)

    def write(self, stage: str, blocks: Iterable[Mapping[str, np.ndarray]]) -> None:
        """Write the job's shard of a stage, block by block as a stage yields them, with progress."""
        paths = {name: self.output[name] for name in layout.STORES[stage]}
        with store.writing(paths, stage, self.params.sizes[stage]) as put:
            for block in blocks:
                put(block)
                self.advance(len(next(iter(block.values()))))

    @property
    def points(self) -> list[float]:
        """Share of the pixels that are changed at each point of the run's curves; none if it draws none."""
        size = self.params.get("pixels_per_step")
        return layout.curve_points(math.prod(self.network["input"]), size) if size else []

    def close(self) -> None:
        """Finish the progress bars."""
        for bar in self._bars:
            bar.close()

    def _paths(self, stage: str, variable: str) -> list[str]:
        inputs = self.input[f"{stage}_{variable}"]
        return [inputs] if isinstance(inputs, str) else list(inputs)

    def _tail(self, stage: str, variable: str) -> tuple[int, ...]:
        return layout.tail(stage, variable, self.network, self.params.get("resolution", "layer"), len(self.points))


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
