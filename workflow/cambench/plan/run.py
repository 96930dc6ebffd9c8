"""What a run is made of: networks, methods, images, and how its rows are cut into jobs."""

import functools
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl

from .. import methods
from ..config import layers
from ..errors import InputError, refuse
from ..images import sources
from ..images.sizes import preprocessing_name
from ..store import layout, tables

Wildcards = Any  # has the attributes network, method, preprocessing, shard, as far as the rule has them


class Run:
    """A run, as its configuration says it.

    **Arguments:** `config` complete; `results` the run's folder; `manifest` gives Snakemake's files manifest and
    rejected, once they are made.
    """

    def __init__(self, config: dict, results: str, manifest: Callable[[], Any]) -> None:
        self.config, self.results, self._made = config, results, manifest
        self.networks, self.methods = list(config["networks"]), list(config["methods"])
        self.pairs = [(network, method) for network in self.networks for method in self.methods]
        blocks = [block["preprocessing"] for block in config["networks"].values()]
        self.preprocessings = {preprocessing_name(block): block for block in blocks}

    @property
    def has_curves(self) -> bool:
        return bool(self.config["curves"]["enabled"])

    @property
    def pixels_per_step(self) -> int | None:
        """Pixels changed at each step of a curve; None if no curves are drawn."""
        return self.config["curves"]["pixels_per_step"] if self.has_curves else None

    @property
    def trivial(self) -> list[str]:
        """Labels of methods that look at nothing, and were made to fool a metric."""
        return [label for label, block in self.config["methods"].items() if block["cam"] == "fakecam"]

    def listing(self, _: Wildcards = None) -> str:
        """Params function: digest of the data set's listing, which says when the manifest has to look again."""
        return sources.digest(self.config["dataset"])

    def listed(self, _: Wildcards = None) -> int:
        """Params function: number of files of the data set."""
        return len(sources.listing(self.config["dataset"]))

    def titles(self, kind: str) -> dict[str, str]:
        """Titles of the networks or the methods, by name."""
        return {name: block.get("title", name) for name, block in self.config[kind].items()}

    @property
    def layers(self) -> dict[str, list[str]]:
        """Of each network that is one of several target layers: name and title of the user's block, and the layer."""
        return layers.compared(self.config["networks"])

    def facts(self, method: str) -> methods.Facts:
        """What the file of a label's method says of it."""
        return methods.facts(self.config["methods"][method]["cam"])

    @functools.cache  # noqa: B019  there is one run per process
    def shards(self, method: str | None = None) -> dict[str, int]:
        """Rows per chunk, by stage; those of maps depend on what the method costs."""
        shards = self.config["shards"]
        rows = {"images": shards["images"], "curves": shards["curves"]}
        if method is not None:
            most = shards["costly"] if self.facts(method).costly else shards["images"]
            rows["method"] = self.config["methods"][method].get("shard", min(most, shards["images"]))
        cut = {stage.name: rows.get(stage.rows) for stage in layout.STAGES.values()}
        known = {name: size for name, size in cut.items() if size}
        return known if method else {name: known[name] for name in ("images", "predictions")}

    def shards_of(self, wildcards: Wildcards) -> dict[str, int]:
        """Params function: rows per chunk of the stages of a method, by stage."""
        return self.shards(wildcards.method)

    def rows(self, stage: str) -> Callable[[Wildcards], list[int]]:
        """Params function: first row of a job and the row after its last; all rows if it has no shard."""

        def function(wildcards: Wildcards) -> list[int]:
            if not hasattr(wildcards, "shard"):
                return [0, self.images()]
            size = self.shards(getattr(wildcards, "method", None))[stage]
            return list(layout.shard_rows(int(wildcards.shard), size, self.images()))

        return function

    def images(self, _: Wildcards = None) -> int:
        """Number of images."""
        return len(self._manifest())

    def content(self, stage: str) -> Callable[[Wildcards], str]:
        """Params function: digest of a job's rows of the manifest, so that appended images leave other shards alone."""

        def function(wildcards: Wildcards) -> str:
            start, stop = self.rows(stage)(wildcards)
            return _digest(self._manifest()[start:stop])

        return function

    def labels(self, stage: str) -> Callable[[Wildcards], str | None]:
        """Params function: digest of the labels of a job's images, None if no image of them has several."""

        def function(wildcards: Wildcards) -> str | None:
            rows = self.rows(stage)(wildcards)
            texts = self._labels(rows).cast(pl.List(pl.String)).list.join(" ")
            return _digest(texts.to_frame()) if self.has_several(rows) else None

        return function

    def has_several(self, rows: list[int]) -> bool:
        """Whether one of the images in some rows has several labels."""
        return bool((self._labels(rows).list.len() > 1).any())

    def folders(self, _: Wildcards = None) -> str | None:
        """Params function: digest of the folders that images lie in, if their ranks are the labels; else None."""
        dataset = self.config["dataset"]
        if dataset["kind"] != "folder" or dataset["label"] != "folder":
            return None
        return _digest(_table(self._made().manifest, ("path", "label")))

    def rejected(self, _: Wildcards = None) -> str:
        """Digest of the list of files that are no images."""
        return _digest(_table(self._made().rejected, None))

    def rejected_count(self, _: Wildcards = None) -> int:
        """Number of files that are no images."""
        return len(_table(self._made().rejected, None))

    def folder(self) -> Path:
        """Where the run's files really lie, behind a module's prefix; known once the manifest is made."""
        return Path(self._made().manifest).parent

    def after_manifest(self, _: Wildcards = None) -> list[str]:
        """Input function: no file, but not before the manifest, because jobs follow its rows and not its date.

        Both lists are opened here: from a storage Snakemake fetches what input functions open, not what params
        functions do.
        """
        self.images()
        self.rejected()
        self.folders()
        return []

    def _labels(self, rows: list[int]) -> pl.Series:
        return _table(self._made().manifest, ("labels",))["labels"][slice(*rows)]

    def _manifest(self) -> pl.DataFrame:
        return _table(self._made().manifest, ("label", "sha256"))


def _digest(table: pl.DataFrame) -> str:
    return hashlib.sha256(table.write_csv().encode()).hexdigest()[:16]


def _table(file: Any, columns: tuple[str, ...] | None) -> pl.DataFrame:
    """A table that Snakemake made; it may have to be fetched from a storage first."""
    changed = os.stat(file).st_mtime_ns if os.path.exists(file) else 0
    return _read(file, columns, changed)


@functools.cache
def _read(file: Any, columns: tuple[str, ...] | None, changed: int) -> pl.DataFrame:
    try:
        return tables.read(file, list(columns) if columns else None)
    except InputError as error:
        refuse([str(error)])
        raise
