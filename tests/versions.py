"""Numbers that every metric and method gives for one small input, with its version: tests/golden holds what they were.

    python tests/versions.py

writes those of new metrics and methods, and of those whose version was raised. Where numbers changed and the version
did not, it says so and writes nothing: raise `version` in the metric's COLUMN, or VERSION in the method's file, first.
"""

import re
import sys
from functools import cache
from pathlib import Path

import numpy as np
import polars as pl
import torch
from conftest import COMPUTE, small

from cambench import methods, metrics
from cambench.images import boxes
from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.metrics import Explained
from cambench.networks.batch import Batch
from cambench.networks.describe import describe
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.points import Points

GOLDEN = Path(__file__).parent / "golden"
KINDS = ("metrics", "methods")
FEW = 12  # forward passes, for a method of which a setting says how many
CELLS = 12  # of its two maps
CLOSE = 1e-4  # of the largest number: rounding on another processor


def known(kind):
    """Names of all metrics, or of all methods that compute their maps."""
    if kind == "metrics":
        return metrics.names()
    return [name for name in methods.names() if methods.facts(name).resolution != "file"]


def version(kind, name):
    return metrics.facts(name).column.version if kind == "metrics" else methods.facts(name).version


def numbers(kind, name):
    """What a metric or method gives today."""
    return (of_metric if kind == "metrics" else of_method)(name)


def of_metric(name):
    """Of four images, of which the last has a constant map."""
    return np.asarray(metrics.load([name])[0].measure(explained()), np.float64)


def explained():
    waves = np.sin(np.arange(2 * 4 * 5 * 6)).reshape(2, 4, 5, 6).astype(np.float32)
    waves[0, 3] = 1
    points = Points.of(15 * 18, {"pixels_per_step": 40, "points": "all"})
    curves = np.sort(np.abs(np.cos(np.arange(2 * 4 * points.count))).reshape(2, 4, -1), axis=2)
    p = np.array([0.9, 0.5, 0.3, 0.6]), np.array([0.8, 0.7, 0.3, 0.2])
    drawn = {"deletion": curves[0, :, ::-1], "insertion": curves[1]}
    inside = np.stack([boxes.mask([(3, 2, 11, 9.6 - number)], (15, 18)) for number in range(4)])
    given = {"curves": drawn, "points": points, "objects": inside, "made": stored(4)}
    return Explained(*p, *waves, size=(15, 18), masking=Masking(), **given)


def stored(images, shape=(5, 6)):
    """What further stages have made of some images, by `stage.variable`; inputs have at least four pixels a side.

    Maps have a `shape` of at most 40 cells.
    """
    waves = np.abs(np.sin(np.arange(images * 40) * 1.7)).reshape(images, 40)
    removed = (np.arange(images * 12 * 9) * 7919 % 251 < 100).astype(np.uint8).reshape(images, 12, 9)
    return {
        "complement.probability": waves[:, 0] / 2,
        "road.morf": waves[:, 30:34] / 2,
        "road.lerf": waves[:, 34:38],
        "perturbations.cells": waves[:, 1:17],
        "perturbations.subsets": waves[:, 17:29] - 0.5,
        "perturbations.removed": removed,
        "other_class.raw": waves[:, : shape[0] * shape[1]].reshape(images, *shape),
        "random_weights.raw": waves[:, -shape[0] * shape[1] :].reshape(images, *shape),
        "sensitivity.change": waves[:, :10],
    }


def of_method(name):
    """Some cells of the maps of two images, as a small network sees them."""
    settings = {"samples": FEW} if "samples" in re.findall(r"\w+", methods.facts(name).passes) else {}
    pixels = (np.arange(2 * 32 * 32 * 3) * 7919 % 251).astype(np.uint8).reshape(2, 32, 32, 3)
    shard = Shard(pixels, np.array([1, 3]), np.array([5, 6]))
    maps = bind(name, settings, COMPUTE["batch"])(Batch.of(explaining(name), shard, 0, 2))[0].flatten()
    return maps[torch.linspace(0, len(maps) - 1, CELLS).long()].double().numpy()


def explaining(name):
    """A small convolutional network, opened, or a transformer, if the method explains none but these."""
    network, facts = opened("tiny:Tiny")
    return network if methods.refusal(name, facts) is None else opened("vits:torchvision_vit")[0]


@cache
def opened(factory):
    return open_probe("small", small(factory), COMPUTE), describe("small", small(factory), COMPUTE)


@cache
def golden(kind):
    """Version and numbers as they were written, by name."""
    table = pl.read_csv(GOLDEN / f"{kind}.csv", schema={"name": pl.String, "version": pl.Int64, "numbers": pl.String})
    return {row["name"]: (row["version"], np.array(row["numbers"].split(), float)) for row in table.to_dicts()}


def refusal(kind, name):
    """Why the numbers of a metric or method may not be what they are, or None."""
    if name not in golden(kind):
        return f"{name} has no golden numbers yet: run python tests/versions.py"
    before, expected = golden(kind)[name]
    found = numbers(kind, name)
    same = found.shape == expected.shape and np.allclose(found, expected, rtol=0, atol=CLOSE * np.abs(expected).max())
    if version(kind, name) != before:
        return f"{name} has version {version(kind, name)}, its golden numbers {before}: run python tests/versions.py"
    return None if same else f"{name}: its numbers changed, so raise its version, then run python tests/versions.py"


def renewed(kind):
    """The table of today, in which all numbers are as they were but for those of new versions and names."""
    rows = []
    for name in known(kind):
        kept = golden(kind).get(name, (0, None))
        if kept[0] == version(kind, name):
            if said := refusal(kind, name):
                sys.exit(said)
            rows.append((name, *kept))
        else:
            rows.append((name, version(kind, name), numbers(kind, name)))
    texts = [(name, number, " ".join(f"{value:.7g}" for value in values)) for name, number, values in rows]
    return pl.DataFrame(texts, schema=["name", "version", "numbers"], orient="row")


if __name__ == "__main__":
    torch.set_num_threads(1)
    for kind in KINDS:
        renewed(kind).write_csv(GOLDEN / f"{kind}.csv")
