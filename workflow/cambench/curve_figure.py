"""Figure `curves.svg`: mean deletion and insertion curves of each network, with a band over images."""

from collections.abc import Callable

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from .style import STYLE, lines

_BLOCK = 4096


def mean_and_band(read: Callable[[slice], np.ndarray], images: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean curve (points,) and half the width of its 95 % interval over images, read block by block."""
    total = squares = np.zeros(())
    for start in range(0, images, _BLOCK):
        block = read(slice(start, start + _BLOCK)).astype(np.float64)
        total, squares = total + block.sum(0), squares + (block**2).sum(0)
    mean = total / images
    variance = np.maximum(squares / images - mean**2, 0) * images / max(images - 1, 1)
    return mean, 1.96 * np.sqrt(variance / images)


def draw(
    curves: Callable[[str, str, str], tuple[np.ndarray, np.ndarray, np.ndarray]],
    models: dict[str, str],
    methods: dict[str, str],
) -> Figure:
    """A row of two panels a network.

    **Arguments:** `curves(model, method, name)` gives the shares of pixels changed, the mean curve and the half width
    of its band, each (points,); `name` is deletion or insertion.
    """
    looks = lines(list(methods))
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(models), 2, figsize=(7.5, 2.9 * len(models)), squeeze=False, sharey=True, layout="constrained"
        )
        for row, model in zip(axes, models, strict=True):
            for axis, name, arrow in ((row[0], "deletion", "↓"), (row[1], "insertion", "↑")):
                for method, title in methods.items():
                    x, mean, band = curves(model, method, name)
                    axis.plot(100 * x, mean, label=title, linewidth=1.2, **looks[method])
                    axis.fill_between(100 * x, mean - band, mean + band, color=looks[method]["color"], alpha=0.07, lw=0)
                axis.set(title=f"{name.title()} {arrow}", xlabel=f"pixels changed (%): {name}", ylim=(0, None))
            row[0].set_ylabel(f"{models[model]}\nmean probability of the class")
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside right center", fontsize=8, frameon=False)
    return figure
