"""Where the objects of images lie, for a run whose metrics ask for it: files and params."""

import functools
from typing import Any

from .. import metrics
from ..images.sizes import cropping, preprocessing_name
from ..paths import resolve
from ..provenance import digests
from .lists import digest
from .run import Run, Wildcards
from .tried import CACHE

KINDS = ("boxes", "masks")  # keys of the block `dataset`, of which a run has one at most


class Objects:
    """Tables of boxes or of masks, one per preprocessing."""

    def __init__(self, run: Run) -> None:
        self._run, self._at = run, run.results

    @property
    def needed(self) -> bool:
        """Whether a metric of the run asks where objects are."""
        return any("objects.mask" in metrics.facts(name).needs for name in self._run.config["metrics"])

    @property
    def tables(self) -> list[str]:
        """Every table; none if no metric asks, nor the block `localisation`."""
        asked = self.needed or "localisation" in self._run.config
        return [f"{self._at}/objects/{name}.parquet" for name in self._run.preprocessings] if asked else []

    def of_metrics(self, wildcards: Wildcards) -> dict[str, Any]:
        """Input function: the table that a job of stage `metrics` reads, if one of its metrics asks."""
        name = preprocessing_name(self._run.config["networks"][wildcards.network]["preprocessing"])
        return {"objects": f"{self._at}/objects/{name}.parquet"} if self.needed else {}

    def kind(self, _: Wildcards = None) -> str:
        """Params function: what says where objects are, `boxes` or `masks`."""
        return next(kind for kind in KINDS if kind in self._run.config["dataset"])

    def place(self, _: Wildcards = None) -> str:
        """Params function: these, as the configuration names them."""
        return str(self._run.config["dataset"][self.kind()])

    def listed(self, _: Wildcards = None) -> str:
        """Params function: digest of the images whose objects are looked for."""
        return digest(self._run.lists.every("path", "width", "height"))

    def made(self, wildcards: Wildcards) -> str:
        """Params function: digest of the settings of a table: what the boxes or masks hold, resize and crop."""
        return self.digest(self._run.preprocessings[wildcards.preprocessing])

    def of_network(self, wildcards: Wildcards) -> str | None:
        """Params function: the same of the table of a network; None if no metric asks."""
        return self.digest(self._run.config["networks"][wildcards.network]["preprocessing"]) if self.needed else None

    def digest(self, preprocessing: dict[str, Any]) -> str:
        """Of a preprocessing's table."""
        return digests.of([self._contents, cropping(preprocessing), *["masks"] * (self.kind() == "masks")])

    @functools.cached_property
    def _contents(self) -> str:
        """Digest of the boxes or masks: there may be thousands of files, and every job of stage `metrics` asks."""
        return digests.tree_digest(resolve(self.place()), CACHE)
