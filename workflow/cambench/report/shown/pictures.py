"""Where the images of a page and their maps come from: a job of the workflow, or a finished run."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import polars as pl

from ...images import objects
from ...images.names import Names
from ...masks import Masking
from ...metrics._contract import Column
from ...points import Points
from ...results.columns import METRICS, of_table
from ...store import files, tables
from ...store.network import Network
from ...store.reader import Rows
from .scores import columns

if TYPE_CHECKING:
    from ...job import Job

Reader = Callable[[str], Rows]


@dataclass(frozen=True)
class Pictures:
    """What pages show images of.

    - `scores`: one row per network, method and image, as metrics.parquet has them; `manifest`: that of the run.
    - `metrics`: those columns of `scores` that are metrics of one image, by name.
    - `networks`: facts by name; `names`: those of their classes, as far as they are known.
    - `methods`: how each one's maps become masks, by name; `controls`: those that are there to be compared with.
    - `unmasked`: methods without maps of the masked inputs.
    - `points`: which steps the curves of a network have; None if no curves were drawn.
    - `boxes`: where the objects of a network's images lie, columns image and boxes (left, top, right, bottom in pixels
      of the input); None if the run has not asked, or has masks.
    - `reader`: reads variables of a network and method, such as `saliency.raw`.
    """

    scores: pl.LazyFrame
    manifest: pl.DataFrame
    metrics: Mapping[str, Column]
    networks: Mapping[str, Network]
    names: Mapping[str, Names | None]
    methods: Mapping[str, Masking]
    controls: Collection[str]
    unmasked: Collection[str]
    points: Callable[[str], Points | None]
    boxes: Callable[[str], pl.LazyFrame | None]
    reader: Callable[[str, str], Reader]

    def of_network(self, name: str) -> pl.LazyFrame:
        """Scores of one network."""
        return self.scores.filter(pl.col("network") == name)

    def told(self, name: str, images: Sequence[int]) -> dict[str, Any]:
        """Columns of plain values about some images of a network, in their order; see `scores.columns`."""
        chosen = pl.col("image").is_in(images)
        boxes = self.boxes(name)
        return columns(
            self.of_network(name).filter(chosen).collect(),
            images,
            list(self.methods),
            self.metrics,
            self.manifest,
            self.names.get(name),
            None if boxes is None else boxes.filter(chosen).collect(),
        )


def of_job(run: "Job", controls: Collection[str]) -> Pictures:
    """Of the report's job, whose inputs and params are those of `rules/report.smk`."""
    p, paths = run.params, run.input

    def points(network: str) -> Points | None:
        return run.reader(network, next(iter(p.methods))).shapes.points if p.points else None

    def boxes(network: str) -> pl.LazyFrame | None:
        digest = p.objects[network]
        return objects.with_boxes(tables.scan(paths[f"objects {network}"], digest)) if digest else None

    return Pictures(
        tables.scan(paths.metrics, p.table),
        tables.read(paths.manifest),
        metrics_of(paths.metrics),
        run.networks,
        files.read_json(paths.classes, p.networks),
        {method: Masking(**masking) for method, masking in p.masking.items()},
        controls,
        p.unmasked,
        points,
        boxes,
        run.reader,
    )


def metrics_of(path: Any) -> dict[str, Column]:
    """Metrics of a table of images, in the order of tables; older tables don't say which of their columns they are."""
    there = pl.read_parquet_schema(path)
    return of_table(path) or {name: column for name, column in METRICS.items() if name in there}


def about(pictures: Pictures, network: str) -> dict[str, Any]:
    """What a page has to know of a network to make masks and masked inputs of its maps."""
    facts, space = pictures.networks[network], next(iter(pictures.methods.values()))
    return {
        "total": len(pictures.manifest),
        "size": list(facts["input"]),
        "mean": list(facts["preprocessing"]["mean"]),
        "order": space.order,
        "space": space.space,
        "methods": {
            method: {
                "relu": masking.relu,
                "stored": list(pictures.reader(network, method)("saliency.raw").shape[1:]),
                "masked": method not in pictures.unmasked,
            }
            for method, masking in pictures.methods.items()
        },
    }
