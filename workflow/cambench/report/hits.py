"""How often networks predict a label of the image, and whether labels or weights look wrong."""

from collections.abc import Mapping

import polars as pl

from ..store.network import Network

_NEAR_CHANCE = 5  # times the share that guessing would get right
_FEW_CLASSES = 20  # below which five times chance is not bad


def shares(frame: pl.DataFrame) -> dict[str, float]:
    """By network, the share of labelled images whose class is one of their labels (top-1).

    **Arguments:** `frame` the per-image table, or its `captions.COLUMNS`.
    """
    return {name: _mean(rows, pl.col("correct") == 1) for name, rows in _images(frame.filter(pl.col("correct") >= 0))}


def warnings(frame: pl.DataFrame, titles: Mapping[str, str], networks: Mapping[str, Network]) -> list[str]:
    """One sentence per network whose top-1 is near chance, or whose classes are the labels moved by one."""
    found = []
    for name, rows in _images(frame.filter(pl.col("label") >= 0)):  # of several labels, each may be off
        classes, hits = networks[name]["classes"], {shift: _share(rows, shift) for shift in (-1, 0, 1)}
        best = max(hits, key=lambda shift: hits[shift])
        if best != 0 and hits[best] > 0.2 and hits[best] > 4 * hits[0]:
            found.append(
                f"WARNING: {titles[name]} predicts the label {best:+d} for {100 * hits[best]:.1f} % of the images and"
                f" the label itself for {100 * hits[0]:.1f} %: the labels look off by one."
            )
        elif classes >= _FEW_CLASSES and hits[0] < _NEAR_CHANCE / classes:
            found.append(
                f"WARNING: {titles[name]} has a top-1 of {100 * hits[0]:.1f} %, near chance"
                f" ({100 / classes:.2g} %): weights, labels or preprocessing may be wrong."
            )
    return found


def _images(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Predicted class and label of every image of the frame, by network."""
    once = frame.select("network", "image", "predicted", "label", "correct", "probability")
    parts = once.unique(["network", "image"]).group_by(["network"], maintain_order=True)
    return [(str(key[0]), rows) for key, rows in parts]


def _share(rows: pl.DataFrame, shift: int) -> float:
    """Share of images whose class is the label moved by some classes."""
    return _mean(rows, pl.col("predicted") == pl.col("label") + shift)


def _mean(rows: pl.DataFrame, hits: pl.Expr) -> float:
    """Share of images that are hits; without a probability there is no class."""
    return float(rows.select((hits & pl.col("probability").is_finite()).mean()).item() or 0)
