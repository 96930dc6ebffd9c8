"""Digests of the settings that files were made with: the files bear them, and who reads a file compares."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ..images.sizes import preprocessing_name
from ..provenance import digests
from ..store import layout
from .localisation import Localisation
from .objects import Objects
from .run import Run, Wildcards
from .settings import Settings


class Made:
    """Digests of a run's settings, 16 hexadecimal digits each."""

    def __init__(self, run: Run, settings: Settings, remembered: Callable[[str], bool]) -> None:
        """`remembered`: whether Snakemake has a record of a file, with the params of its job."""
        self._run, self._settings, self._remembered = run, settings, remembered
        self._objects, self._localisation = Objects(run), Localisation(run)

    def of(self, stage: str) -> Callable[[Wildcards], dict[str, str]]:
        """Params function: of what a job of a stage writes and reads, by stage."""
        return lambda wildcards: {
            name: self.digest(name, wildcards) for name in self._run.reading.stages_of(stage, wildcards)
        }

    def of_pairs(self, *stages: str) -> Callable[[Wildcards], dict[str, dict[str, str]]]:
        """Params function: of some stages of every network and method, by `network method` and stage."""

        def function(_: Wildcards) -> dict[str, dict[str, str]]:
            which = [SimpleNamespace(network=network, method=method) for network, method in self._run.pairs]
            return {f"{of.network} {of.method}": {stage: self.digest(stage, of) for stage in stages} for of in which}

        return function

    def table(self, _: Wildcards = None) -> str:
        """Params function: of metrics.parquet, the metrics of every network and method."""
        return digests.of(self.of_pairs("metrics")(None))

    def summary(self, _: Wildcards = None) -> str:
        """Params function: of summary.parquet, which is made of that table."""
        return digests.of([self.table(), self._settings.bootstrap()])

    def digest(self, stage: str, wildcards: Wildcards) -> str:
        """Of one stage's files."""
        return self._digest(stage, *(getattr(wildcards, name, None) for name in ("preprocessing", "network", "method")))

    @functools.cache  # noqa: B019  there is one plan per process, and thousands of jobs ask
    def _digest(self, stage: str, preprocessing: str | None, network: str | None, method: str | None) -> str:
        if network:
            preprocessing = preprocessing_name(self._run.config["networks"][network]["preprocessing"])
        wildcards = SimpleNamespace(preprocessing=preprocessing, network=network, method=method)
        return digests.of(self._deciding(stage, wildcards))

    def _deciding(self, stage: str, wildcards: Wildcards) -> dict[str, Any]:
        """What decides the values of a stage's files, besides images and code."""
        settings = self._settings
        if stage == "images":
            return settings.preprocessing(wildcards)
        if stage not in ("metrics", "localisation"):
            return settings.attributes(stage)(wildcards)
        read = {
            name: self.digest(name, wildcards)
            for name in self._run.reading.stages_of(stage, wildcards)
            if name != stage
        }
        if stage == "localisation":
            return {**read, "scaling": settings.scaling(wildcards), **self._localisation.deciding(wildcards)}
        masked = settings.has_masked_maps(wildcards)
        found = {**read, "scaling": settings.scaling(wildcards), "area": settings.area(), "has_masked_maps": masked}
        found |= {"objects": self._objects.of_network(wildcards)} if self._objects.needed else {}
        return {**found, "metrics": settings.metrics()}

    def strangers(self, root: Path, stage: str, wildcards: Wildcards) -> list[str]:
        """A line on a store of other settings that nothing makes again, because Snakemake's record of it is lost."""
        if self._remembered(f"{root}/zarr.json"):
            return []
        try:
            found = json.loads((root / "zarr.json").read_text(encoding="utf-8"))["attributes"][layout.SETTINGS]
        except (OSError, ValueError, KeyError, TypeError):
            return []
        line = f"{root}: made with other settings, and Snakemake's record of it is lost; mend: rm -r {root}"
        return [] if found == self.digest(stage, wildcards) else [f"{line}, then run again"]
