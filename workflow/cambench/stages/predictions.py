"""Stage `predictions`: the class that is explained, and its probability on the clean image."""

from collections.abc import Iterator

import numpy as np
import torch

from ..errors import InputError
from ..networks.batches import Batches
from ..networks.probe import Probe
from ..networks.scores import probabilities
from ..store.reader import Rows


def predict(
    probe: Probe, pixels: Rows, labels: np.ndarray, target: str, batch: int, keep: bool = False
) -> Iterator[dict[str, np.ndarray]]:
    """Classify clean images, one forward pass each, batch by batch.

    **Arguments:** `pixels` uint8 (n, H, W, 3); `labels` int64 (n,), or (n, most) of images that have several, -1 where
    there is none; `target` predicted or label; `keep` whether to keep the target layer's output.
    **Yields:** by image: `target` and `predicted` int64; `correct` int64, 1 if the predicted class is a label of the
    image, 0 if not, -1 if it has none; `probability` of the target and `label_probability`, of the label or the most
    probable of several, float64 (NaN where there is none); `activations` float32 (n, K, h, w) of the target layer, and
    (n, 0, h, w) if they are not to be kept. **Raises:** `InputError` if a label is beyond the network's
    classes, or is to be explained and is missing or one of several.
    """
    labels = labels.reshape(len(labels), -1)
    if target == "label":
        _refuse_no_target((labels >= 0).sum(1))

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        logits, maps = probe.cut(probe.prepare(pixels[start:stop]))
        # of the logits, because sigmoids of large ones are all 1
        return probabilities(logits, probe.score), logits.argmax(1), maps if keep else maps[:, :0]

    for start, stop, (found, predicted, maps) in Batches(batch).each(one, len(pixels)):
        yield {**_summary(found, predicted, labels[start:stop], target), "activations": maps}


def _refuse_no_target(counts: np.ndarray) -> None:
    """**Raises:** `InputError` unless each image has one label; `counts` int (n,) of its labels."""
    for wrong, what in ((counts == 0, "no label"), (counts > 1, "several labels")):
        if wrong.any():
            raise InputError(f"target: label: {int(wrong.sum())} images have {what}")


def _summary(found: np.ndarray, predicted: np.ndarray, labels: np.ndarray, target: str) -> dict[str, np.ndarray]:
    if labels.max() >= found.shape[1]:
        raise InputError(f"label {labels.max()} does not fit a network of {found.shape[1]} classes")
    chosen = labels.max(1) if target == "label" else predicted
    none = (labels < 0).all(1)
    of_labels = np.where(labels < 0, -np.inf, np.take_along_axis(found, np.maximum(labels, 0), 1))
    return {
        "target": chosen,
        "predicted": predicted,
        "correct": np.where(none, -1, (labels == predicted[:, None]).any(1)),
        "probability": found[np.arange(len(found)), chosen],
        "label_probability": np.where(none, np.nan, of_labels.max(1)),
    }
