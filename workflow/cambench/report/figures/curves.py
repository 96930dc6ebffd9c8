"""Figure `curves.svg`: mean deletion and insertion curves of each network, with a band over images.

Of drawn points each column of a store is of one stratum of steps. So its mean over images stands for the mean curve
over the stratum, and is drawn at the stratum's mean share of pixels.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import product

import matplotlib
import numpy as np
import polars as pl
from matplotlib.figure import Figure

from ...results.columns import METRICS
from ...store.reader import Rows
from .style import STYLE, grid, lines

_BLOCK = 4096
_NUMBERS = ("share", "mean", "band")


def mean_and_band(curves: Rows) -> tuple[np.ndarray, np.ndarray]:
    """Mean curve (points,) and half the width of its 95 % interval over images, read block by block."""
    images, total = len(curves), np.zeros(())
    squares = total
    for start in range(0, images, _BLOCK):
        block = curves[start : start + _BLOCK].astype(np.float64)
        total, squares = total + block.sum(0), squares + (block**2).sum(0)
    mean = total / images
    variance = np.maximum(squares / images - mean**2, 0) * images / max(images - 1, 1)
    return mean, 1.96 * np.sqrt(variance / images)


def table(
    read: Callable[[str, str, str], tuple[np.ndarray, np.ndarray, np.ndarray]],
    networks: Iterable[str],
    methods: Iterable[str],
) -> pl.DataFrame:
    """Every mean curve: network, method, curve (deletion or insertion), share of changed pixels, mean, band.

    **Arguments:** `read` as `draw` takes it.
    """
    parts = []
    for network, method, name in product(networks, methods, ("deletion", "insertion")):
        share, mean, band = (np.asarray(values, np.float64) for values in read(network, method, name))
        numbers = {"share": share, "mean": mean, "band": band}
        parts.append(pl.DataFrame({"network": network, "method": method, "curve": name, **numbers}))
    return pl.concat(parts)


def of(found: pl.DataFrame) -> Callable[[str, str, str], tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Curves of such a table, as `draw` takes them."""

    def read(network: str, method: str, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        share, mean, band = found.filter(network=network, method=method, curve=name).select(_NUMBERS)
        return share.to_numpy(), mean.to_numpy(), band.to_numpy()

    return read


def draw(
    curves: Callable[[str, str, str], tuple[np.ndarray, np.ndarray, np.ndarray]],
    networks: Mapping[str, str],
    methods: Mapping[str, str],
) -> Figure:
    """A row of two panels per network.

    **Arguments:** `curves(network, method, name)` gives the shares of pixels changed, the mean curve and the half width
    of its band, each (points,); `name` is deletion or insertion; `networks` and `methods` titles by name.
    """
    looks = lines(methods)
    with matplotlib.rc_context(STYLE):
        figure, axes = grid(len(networks), 2, (7.5, 2.9 * len(networks)), sharey=True)
        for row, (network, network_title) in zip(axes, networks.items(), strict=True):
            for axis, name in zip(row, ("deletion", "insertion"), strict=True):
                for method in methods:
                    x, mean, band = curves(network, method, name)
                    axis.plot(100 * np.asarray(x), mean, label=method, linewidth=1.2, **looks[method])
                    axis.fill_between(
                        100 * np.asarray(x), mean - band, mean + band, color=looks[method]["color"], alpha=0.07, lw=0
                    )
                axis.set(title=METRICS[name].heading, xlabel=f"pixels changed (%): {name}", ylim=(0, None))
            row[0].set_ylabel(f"{network_title}\nmean probability of the class")
        legend = figure.legend(axes[0][0].lines, methods, loc="outside right center", fontsize=8, frameon=False)
        for text, title in zip(legend.get_texts(), methods.values(), strict=True):
            text.set_text(title)  # matplotlib leaves out lines whose label begins with an underscore
    return figure
