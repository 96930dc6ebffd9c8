"""What a run is made of: networks, methods, images, and how its rows are cut into jobs."""

import functools
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import polars as pl

from .. import methods
from ..config import layers
from ..errors import InputError, refuse
from ..images import sources
from ..images.sizes import preprocessing_name
from ..shards import Cut, by_stage
from ..store import network
from ..store.network import Network
from . import sample
from .lists import Lists, changed, digest
from .reading import Reading

Wildcards = Any  # has the attributes network, method, preprocessing, shard, as far as the rule has them


class Run:
    """A run, as its configuration says it.

    **Arguments:** `config` complete; `results` the run's folder; `manifest` gives Snakemake's files manifest and
    rejected, once they are made; `described` the file of a network's facts, and `pilot` the pilot's manifest, likewise.
    """

    def __init__(
        self,
        config: dict,
        results: str,
        manifest: Callable[[], Any],
        described: Callable[[str], Any],
        pilot: Callable[[], Any] = lambda: None,
    ) -> None:
        self.config, self.results, self._described = config, results, described
        self.lists = Lists(results, manifest, pilot, sample.pilot(config["dataset"]))
        self.reading = Reading(config)
        self.networks, self.methods = list(config["networks"]), list(config["methods"])
        self.pairs = [(network, method) for network in self.networks for method in self.methods]
        blocks = [block["preprocessing"] for block in config["networks"].values()]
        self.preprocessings = {preprocessing_name(block): block for block in blocks}

    @property
    def has_curves(self) -> bool:
        return bool(self.config["curves"]["enabled"])

    @property
    def points(self) -> dict[str, Any] | None:
        """What decides which points a curve has: `pixels_per_step` and `points`; None if no curves are drawn."""
        curves = self.config["curves"]
        return {key: curves[key] for key in ("pixels_per_step", "points")} if self.has_curves else None

    @property
    def trivial(self) -> list[str]:
        """Labels of methods that look at nothing, and were made to fool a metric."""
        return [label for label, block in self.config["methods"].items() if block["cam"] == "fakecam"]

    @property
    def controls(self) -> list[str]:
        """Labels of methods whose maps explain nothing."""
        return [label for label in self.methods if self.facts(label).control]

    def listing(self, _: Wildcards = None) -> str:
        """Params function: digest of the data set's listing, which says when the manifest has to look again."""
        return sources.digest(self.config["dataset"])

    def mark(self, _: Wildcards = None) -> str:
        """Params function: what decides the order of images and the sizes of jobs; lists of images bear it."""
        return sample.mark(self.config["dataset"])

    def listed(self, _: Wildcards = None) -> int:
        """Params function: number of files of the data set."""
        return len(sources.listing(self.config["dataset"]))

    def expected(self, _: Wildcards = None) -> int:
        """Params function: number of images, at most `listed`; before a pilot has told it, that of the pilot."""
        known = sample.wanted(self.config, self.results) or self.lists.first
        return min(self.listed(), known or self.listed())

    def titles(self, kind: str) -> dict[str, str]:
        """Titles of the networks or the methods, by name."""
        return {name: block.get("title", name) for name, block in self.config[kind].items()}

    @property
    def layers(self) -> dict[str, list[str]]:
        """Of each network that is one of several target layers: name and title of the user's block, and the layer."""
        return layers.compared(self.config["networks"])

    def facts(self, method: str) -> methods.Facts:
        """What the file of a label's method says of it."""
        block = self.config["methods"][method]
        return methods.facts_with(block["cam"], block["settings"])

    def network_facts(self, name: str) -> Network:
        """Facts of a network, which decide how its rows are cut; known once the network was described."""
        file = self._described(name)
        return _facts(file, changed(file))

    @functools.cache  # noqa: B019  there is one run per process
    def shards(self, name: str | None = None, method: str | None = None) -> dict[str, int]:
        """Rows per chunk by stage: those of images, of a network's predictions, of all stages of a method.

        They follow from the forward passes of an image. Every number of images per job is one that the work allows.
        """
        if name is None:
            return {"images": self.cut.rows()}
        return by_stage(self.config, self.cut, self.network_facts(name), method)

    def shards_of(self, stage: str) -> Callable[[Wildcards], dict[str, int]]:
        """Params function: rows per chunk of a job's stage and of those that it reads, by stage."""

        def function(wildcards: Wildcards) -> dict[str, int]:
            found = self.shards(getattr(wildcards, "network", None), getattr(wildcards, "method", None))
            return {name: found[name] for name in self.reading.stages_of(stage, wildcards) if name in found}

        return function

    def all_shards(self, _: Wildcards = None) -> dict[str, dict[str, int]]:
        """Params function: rows per chunk by `network method` and stage."""
        return {f"{name} {method}": self.shards(name, method) for name, method in self.pairs}

    def rows(self, stage: str) -> Callable[[Wildcards], list[int]]:
        """Params function: first row of a job and the row after its last; all rows if it has no shard."""

        def function(wildcards: Wildcards) -> list[int]:
            if not hasattr(wildcards, "shard"):
                return [0, self.images()]
            size, shard = self.shards_of(stage)(wildcards)[stage], int(wildcards.shard)
            return self.lists.known([shard * size, (shard + 1) * size])

        return function

    def images(self, _: Wildcards = None) -> int:
        """Number of images."""
        return self.lists.images()

    def content(self, stage: str) -> Callable[[Wildcards], str]:
        """Params function: digest of a job's rows of the manifest, so that appended images leave other shards alone."""

        def function(wildcards: Wildcards) -> str:
            return digest(self.lists.rows(self.rows(stage)(wildcards), "label", "sha256"))

        return function

    def labels(self, stage: str) -> Callable[[Wildcards], str | None]:
        """Params function: digest of the labels of a job's images, None if no image of them has several."""

        def function(wildcards: Wildcards) -> str | None:
            rows = self.rows(stage)(wildcards)
            texts = self._labels(rows).cast(pl.List(pl.String)).list.join(" ")
            return digest(texts.to_frame()) if self.has_several(rows) else None

        return function

    def has_several(self, rows: list[int]) -> bool:
        """Whether one of the images in some rows has several labels."""
        return bool((self._labels(rows).list.len() > 1).any())

    def folders(self, _: Wildcards = None) -> str | None:
        """Params function: digest of the folders that images lie in, if their ranks are the labels; else None."""
        dataset = self.config["dataset"]
        if dataset["kind"] != "folder" or dataset["label"] != "folder":
            return None
        return digest(self.lists.every("path", "label"))

    def rejected(self, _: Wildcards = None) -> str:
        """Digest of the list of files that are no images."""
        return digest(self.lists.rejected())

    def rejected_count(self, _: Wildcards = None) -> int:
        """Number of files that are no images."""
        return len(self.lists.rejected())

    def folder(self) -> Path:
        """Where the run's files really lie, behind a module's prefix; known once the first list is made."""
        return self.lists.folder()

    def population(self, _: Wildcards = None) -> int:
        """Number of images that could be used: of the listed files those that were not found to be bad."""
        return self.listed() - self.rejected_count()

    def sample(self, _: Wildcards = None) -> dict[str, Any] | None:
        """Params function: what is said of a random sample, None if all images are taken.

        **Returns:** `images`, `of` so many that could be used, `seed`, `stratify`, and `fewest`: the number of images
        of the class that has the fewest of them; None if no label is known. `unreached`: the `half_width` that was
        wanted and the images `needed` for it, where the data set has fewer; else None.
        """
        block = self.config["dataset"].get("sample")
        if block is None:
            return None
        found = {"images": self.images(), "of": self.population(), "seed": block["seed"], "stratify": block["stratify"]}
        fewest = sample.fewest(self.lists.every("labels"), self.config["dataset"])
        decided = self.folder() / "sample.json" if self.lists.first else None
        return {**found, "fewest": fewest, "unreached": sample.unreached(decided, found["of"])}

    def after_manifest(self, _: Wildcards = None) -> list[str]:
        """Input function: no file, but not before the manifest, because jobs follow its rows and not its date.

        All is opened here: from a storage Snakemake fetches what input functions open, not what params functions do.
        """
        self.images()
        self.rejected()
        self.folders()
        return []

    @functools.cached_property
    def cut(self) -> Cut:
        """How work is cut into jobs."""
        return sample.cut(self.config, sample.steps(self.config["dataset"]))

    def cutting(self, _: Wildcards = None) -> dict[str, Any]:
        """Params function: the same as plain values."""
        return asdict(self.cut)

    def _labels(self, rows: list[int]) -> pl.Series:
        return self.lists.rows(rows, "labels")["labels"]


@functools.cache
def _facts(file: Any, changed: int) -> Network:
    """Facts that Snakemake has; their file may have to be fetched from a storage first."""
    try:
        return network.read(file)
    except InputError as error:
        refuse([str(error)])
        raise
