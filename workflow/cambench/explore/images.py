"""What the page asks of a run's images: windows of rows in an order, photographs, maps, curves."""

import io
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import polars as pl
from PIL import Image

from ..errors import InputError, shown
from ..images import objects
from ..images.sizes import preprocessing_name
from ..report.shown.order import Order, compared, ordered
from ..report.shown.pictures import Pictures, Reader, about, metrics_of
from ..report.shown.scores import FLAGS, plain
from ..runs.run import Run

_ORDERS, _FILTERS = 16, 16  # that are kept, 400 kB each for 50,000 images
MOST_ROWS = 256  # of a window
ONLY = ("all", "wrong", "flagged")


@dataclass(frozen=True)
class Filter:
    """Which images are shown.

    - `text`: part of the file's path or of the name of the explained class or of a label; upper and lower case are one.
    - `only`: `all`; `wrong`: of which the predicted class is no label; `flagged`: with a map that metrics count apart.
    """

    text: str = ""
    only: str = "all"

    def __post_init__(self) -> None:
        if self.only not in ONLY:
            raise InputError(f"only: {shown(self.only)} is none of {', '.join(ONLY)}")


def pictures(run: Run, controls: Collection[str]) -> Pictures:
    """What pages show images of, of a finished run."""
    opened = lru_cache(None)(run.reader)  # each looks at the metadata of its stores

    @lru_cache(None)
    def variable(network: str, method: str, name: str) -> Any:
        return opened(network, method)(name)

    return Pictures(
        run.scan(),
        run.manifest.select("image", "path", pl.col(*{"labels", "label"} & set(run.manifest.columns))),
        metrics_of(run.record.file("metrics.parquet")),
        run.networks,
        {name: run.names(name) for name in run.networks},
        {method: run.masking(method) for method in run.methods},
        controls,
        [method for method in run.methods if not run.has_masked_maps(method)],
        run.points,
        lambda network: _boxes(run, network),
        lambda network, method: lambda name: variable(network, method, name),
    )


def _boxes(run: Run, network: str) -> pl.LazyFrame | None:
    """Boxes of the objects of a network's images, if the run has asked and has them."""
    name = f"objects/{preprocessing_name(run.networks[network]['preprocessing'])}.parquet"
    return objects.with_boxes(pl.scan_parquet(run.record.file(name))) if name in run.record.names else None


class Images:
    """Images of a run, for several threads."""

    def __init__(self, run: Run, controls: Collection[str]) -> None:
        self._pictures, self._run = pictures(run, controls), run
        self._ordered = lru_cache(_ORDERS)(self._find_order)
        self._wanted = lru_cache(_FILTERS)(self._find)

    def about(self) -> dict[str, Any]:
        """What the page has to know before it asks: type `Images` in `web/src/images/data.ts`, without any image."""
        found = {name: {"about": about(self._pictures, name)} for name in self._run.networks}
        return {"photographs": [], "maps": [], "networks": found}

    def window(self, network: str, order: Order, which: Filter, rows: slice) -> dict[str, Any]:
        """How many images there are, and columns of some of them.

        **Raises:** `InputError` for a name that the run lacks.
        """
        order.refuse_unknown(self._run.methods, self._pictures.metrics)
        found = self._ordered(self._run.network(network), order)
        if which != Filter():
            found = found[np.isin(found, self._wanted(network, which))]
        images = found[rows][:MOST_ROWS].tolist()
        return {"total": len(found), "columns": self._pictures.told(network, images)}

    def photograph(self, network: str, image: int) -> bytes:
        """Pixels as the network is given them, as PNG."""
        pixels = self._row(self._reader(network, self._run.methods[0]), "images.pixels", image)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "png", compress_level=1)
        return file.getvalue()

    def maps(self, network: str, method: str, image: int) -> bytes:
        """The raw map and that of the masked input if there is one, float32, little-endian, row by row."""
        read = self._reader(network, method)
        names = ["saliency.raw"] if method in self._pictures.unmasked else ["saliency.raw", "masked.raw"]
        return b"".join(self._row(read, name, image).astype("<f4").tobytes() for name in names)

    def curves(self, network: str, method: str, image: int) -> dict[str, list[float | None]]:
        """Deletion and insertion of an image, and the share of changed pixels at each point; nothing without curves."""
        points, read = self._run.points(self._run.network(network)), self._reader(network, method)
        if points is None:
            return {}
        steps = np.arange(points.count) if points.drawn is None else self._row(read, "curves.steps", image)
        found = {name: plain(pl.Series(self._row(read, f"curves.{name}", image))) for name in ("deletion", "insertion")}
        return {"shares": [points.shares[step] for step in steps], **found}

    @cached_property
    def _classes(self) -> dict[str, pl.LazyFrame]:
        """Explained class of each image, by network."""
        first = pl.col("method") == self._run.methods[0]
        return {name: self._scores(name).filter(first).select("image", "target") for name in self._run.networks}

    def _scores(self, network: str) -> pl.LazyFrame:
        return self._pictures.of_network(network)

    def _reader(self, network: str, method: str) -> Reader:
        self._run.reader(network, method)  # refuses names that the run lacks
        return self._pictures.reader(network, method)

    def _row(self, read: Reader, name: str, image: int) -> np.ndarray:
        if not 0 <= image < self._run.images:
            raise InputError(f"no image {image}; the run has {self._run.images}")
        return read(name)[image : image + 1][0]

    def _find_order(self, network: str, order: Order) -> np.ndarray:
        higher = self._pictures.metrics[order.metric].higher_is_better
        which = compared(self._run.methods, self._pictures.controls)
        return ordered(self._scores(network), order, which, higher)

    def _find(self, network: str, which: Filter) -> np.ndarray:
        """Numbers of the images that a filter leaves."""
        found = self._pictures.manifest.lazy().join(self._classes[network], "image")
        if which.text:
            found = found.filter(self._matches(network, which.text.lower()))
        if which.only != "all":
            flag = pl.col("correct") == 0 if which.only == "wrong" else pl.any_horizontal(*FLAGS)
            found = found.join(self._scores(network).filter(flag).select("image").unique(), "image", "semi")
        return found.select("image").collect()["image"].to_numpy()

    def _matches(self, network: str, text: str) -> pl.Expr:
        names = self._pictures.names.get(network) or []
        classes = [number for number, name in enumerate(names) if name and text in name.lower()]
        labels = pl.col("labels") if "labels" in self._pictures.manifest else pl.concat_list("label")
        in_path = pl.col("path").str.to_lowercase().str.contains(text, literal=True)
        return in_path | pl.col("target").is_in(classes) | labels.list.eval(pl.element().is_in(classes)).list.any()
