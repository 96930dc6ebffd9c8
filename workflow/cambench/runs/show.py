"""One image of a finished run with its maps, as a row of the gallery."""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from matplotlib.figure import Figure

from ..errors import InputError, shown
from ..masks import masks
from ..report.figures import gallery

if TYPE_CHECKING:
    from .run import Run


def figure(run: "Run", image: int, network: str | None = None, methods: Sequence[str] | None = None) -> Figure:
    """The photograph, and beside it the map of each method with what it scored; one row per network.

    Notebooks show the figure; `figure.savefig("image.png")` writes it.

    **Arguments:** `image` its number in the manifest; `network`, all if None; `methods` labels, all if None.
    **Raises:** `InputError` if the run has no such image, network or method.
    """
    if not isinstance(image, int | np.integer) or not 0 <= image < run.images:
        raise InputError(f"{run.path}: no image {shown(image)}; it has {run.images:,}, from 0")
    networks = list(run.networks) if network is None else [run.network(network)]
    maskings = {method: run.masking(method) for method in (run.methods if methods is None else methods)}
    if not maskings:
        raise InputError(f"{run.path}: name at least one method")
    titles = {name: run.titles.networks[name] for name in networks}
    chosen = {name: run.titles.methods[name] for name in maskings}

    def pixels(name: str, number: int) -> np.ndarray:
        return run.reader(name)("images.pixels")[number : number + 1][0]

    def mask(name: str, method: str, number: int) -> np.ndarray:
        raw = run.reader(name, method)("saliency.raw")[number : number + 1]
        height, width = run.networks[name]["input"]
        return masks(raw, (height, width), maskings[method])[0]

    rows = run.scan().filter(pl.col("image") == image).collect()
    names = {name: run.names(name) for name in networks}
    return showing(gallery.draw(rows, titles, chosen, pixels, mask, [image], names))


def showing(drawn: Figure) -> Figure:
    """A figure that notebooks show although pyplot did not make it."""

    def png() -> bytes:
        page = io.BytesIO()
        drawn.savefig(page, format="png", dpi=100)
        return page.getvalue()

    drawn._repr_png_ = png  # type: ignore[attr-defined]  # what IPython asks an object for
    return drawn
