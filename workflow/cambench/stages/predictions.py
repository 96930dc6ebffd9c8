"""Stage `predictions`: the class that is explained, and its probability on the clean image."""

from collections.abc import Iterator

import numpy as np
import torch

from ..errors import InputError
from ..networks.batches import Batches
from ..networks.probe import Probe
from ..networks.softmax import probabilities
from ..store.reader import Rows


def predict(probe: Probe, pixels: Rows, labels: np.ndarray, target: str, batch: int) -> Iterator[dict[str, np.ndarray]]:
    """Classify clean images, one forward pass each, batch by batch.

    **Arguments:** `pixels` uint8 (n, H, W, 3); `labels` int64 (n,), -1 if unknown; `target` predicted or label.
    **Yields:** by image: `target` and `predicted` int64, `probability` of the target and `label_probability` float64
    (NaN where the label is unknown). **Raises:** `InputError` if a label is missing or beyond the network's classes.
    """
    if target == "label" and (labels < 0).any():
        raise InputError(f"target: label: {int((labels < 0).sum())} images have no label")

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        return (probabilities(probe.cut(probe.prepare(pixels[start:stop]))[0]),)

    for start, stop, (softmax,) in Batches(batch).each(one, len(pixels)):
        yield _summary(softmax, labels[start:stop], target)


def _summary(softmax: np.ndarray, labels: np.ndarray, target: str) -> dict[str, np.ndarray]:
    if labels.max() >= softmax.shape[1]:
        raise InputError(f"label {labels.max()} does not fit a network of {softmax.shape[1]} classes")
    predicted = softmax.argmax(1)
    chosen = labels if target == "label" else predicted
    rows = np.arange(len(labels))
    label_probability = np.where(labels < 0, np.nan, softmax[rows, np.maximum(labels, 0)])
    return {
        "target": chosen,
        "predicted": predicted,
        "probability": softmax[rows, chosen],
        "label_probability": label_probability,
    }
