"""Files and params of a pilot: the first images of a sample, which tell how many it takes to be as sure as wanted."""

import math
from collections.abc import Callable
from typing import Any

from snakemake.io import ancient

from ..images import sample, sources
from .run import Run, Wildcards


class Pilot:
    """A run's pilot. Its images go through the ordinary jobs, which the run then has done already."""

    def __init__(self, run: Run) -> None:
        self._run, self._at = run, run.results

    def dataset(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: the data set, without what is said of the sample."""
        left_out = ("sample", "boxes", "masks")
        return {key: value for key, value in self._run.config["dataset"].items() if key not in left_out}

    def drawn(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: how its images are drawn, see `images/sample.py`."""
        block = self._run.config["dataset"]["sample"]
        return {"images": block["pilot"], "seed": block["seed"], "stratify": block["stratify"]}

    def rows(self, _: Wildcards = None) -> list[int]:
        """Params function: its rows."""
        return self._run.lists.known([0, self._run.lists.first])

    @property
    def tables(self) -> list[str]:
        """Tables of its images, of every network and method; none if there is no pilot."""
        pairs = self._run.pairs if self._run.lists.first else []
        return [f"{self._at}/pilot/metrics/{network}/{method}.parquet" for network, method in pairs]

    @property
    def made(self) -> list[str]:
        """Every file that is made because there is a pilot."""
        return [*self.lists, f"{self._at}/sample.json", *self.tables] if self.tables else []

    @property
    def lists(self) -> list[str]:
        """Its manifest, if there is a pilot; jobs follow the rows and not the date."""
        return [ancient(f"{self._at}/pilot/manifest.parquet")] if self.tables else []

    def for_size(self, _: Wildcards) -> dict[str, Any]:
        """Input function: its tables, and the checkpoints that decide params: its list, and facts, which cut jobs."""
        networks = [f"{self._at}/networks/{name}.json" for name in self._run.networks]
        return {"tables": self.tables, "pilot": f"{self._at}/pilot/manifest.parquet", "networks": networks}

    def for_manifest(self, _: Wildcards) -> dict[str, str]:
        """Input function: what the manifest follows; nothing if there is no pilot.

        Its manifest is not ancient there: past such a file Snakemake 9.27 takes the later checkpoint for made while the
        earlier one is to run, plans with the rows of before, and makes again what depends on the pilot's jobs.
        """
        place = f"{self._at}/pilot/manifest.parquet"
        return {"decided": f"{self._at}/sample.json", "pilot": place} if self.tables else {}

    def listing(self, stage: str) -> Callable[[Wildcards], str]:
        """Input function: the manifest that has the rows of a job, the pilot's or that of all images."""
        return lambda wildcards: ancient(self._run.lists.path(self._run.rows(stage)(wildcards)))

    def wanted(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: what decides the number of images, see `results/size.py`."""
        block = self._run.config["dataset"].get("sample", {})
        chosen = {key: block.get(key) for key in ("half_width", "pilot", "metrics")}
        confidence = self._run.config["tables"]["confidence"]
        return {**chosen, "confidence": confidence, "most": self._usable(), "whole": self._whole()}

    def _usable(self) -> int:
        """Number of images of the data set, without the bad files that the pilot has met."""
        dataset = self._run.config["dataset"]
        drawn, good = sample.of(dataset), set(self._run.lists.rows(self.rows(), "path")["path"])
        order = [item.path for item in drawn.order(sources.listing(dataset))] if drawn else []
        last = max((number for number, path in enumerate(order) if path in good), default=0)
        return len(order) - sum(path not in good for path in order[:last])

    def _whole(self) -> int:
        """Images that are whole jobs of every stage, so that growing later makes no job again."""
        return math.lcm(*(size for sizes in self._run.all_shards().values() for size in sizes.values()))
