"""A run's images and maps in memory, as pages are given them."""

import frames
import numpy as np
import polars as pl

from cambench.masks import Masking
from cambench.points import Points
from cambench.report.shown.pictures import Pictures
from cambench.results.columns import METRICS

IMAGES, SIZE = 12, (32, 32)
SHAPES = {"a": (4, 4), "b": (4, 4), "fake": (32, 32)}
CURVES = {"pixels_per_step": 128, "points": "all"}  # eight steps
NAMES = ["zero", "<b>one</b>"]
FACTS = {
    "input": list(SIZE),
    "preprocessing": {"resize": 40, "crop": 32, "interpolation": "bilinear", "mean": [0.5] * 3},
}


def arrays(network, method):
    """Every variable of one network and method."""
    rng = np.random.default_rng(len(network))
    small = rng.integers(0, 255, (IMAGES, 4, 4, 3), np.uint8)
    rng = np.random.default_rng([len(network), ord(method[0])])
    constant = np.ones((IMAGES, *SHAPES[method]), np.float32) if method == "fake" else None
    return {
        "images.pixels": small.repeat(8, 1).repeat(8, 2),
        "saliency.raw": rng.standard_normal((IMAGES, *SHAPES[method]), np.float32) if constant is None else constant,
        "masked.raw": rng.standard_normal((IMAGES, *SHAPES[method]), np.float32) if constant is None else constant,
        "curves.deletion": np.sort(rng.random((IMAGES, 9)))[:, ::-1],
        "curves.insertion": np.sort(rng.random((IMAGES, 9))),
        "curves.steps": np.tile(np.arange(9), (IMAGES, 1)),
    }


def pictures(networks=("net",), curves=CURVES, unmasked=(), boxes=None):
    """Of twelve images and three methods, one of them a control."""
    scores = pl.concat([frames.random(list(SHAPES), IMAGES, network) for network in networks])
    paths = [f"photos/{number}.png" for number in range(IMAGES)]
    held = {(network, method): arrays(network, method) for network in networks for method in SHAPES}
    return Pictures(
        scores.lazy(),
        pl.DataFrame({"image": range(IMAGES), "path": paths, "labels": [[number] for number in range(IMAGES)]}),
        {name: METRICS[name] for name in ("average_drop", "adcc")},
        dict.fromkeys(networks, FACTS),
        dict.fromkeys(networks, NAMES),
        {method: Masking(relu=method != "b") for method in SHAPES},
        {"fake"},
        unmasked,
        lambda network: curves and Points.of(SIZE[0] * SIZE[1], curves),
        lambda network: boxes,
        lambda network, method: held[network, method].__getitem__,
    )
