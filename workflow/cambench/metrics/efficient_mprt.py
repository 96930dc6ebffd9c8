"""Efficient MPRT: how much more complex the map becomes when the network's weights are random.

The model parameter randomisation test asks whether a map depends on what the network has learnt. Hedström et al. (XAI
in Action, NeurIPS 2023) compare how complex both maps are, not how alike: H is the entropy of a histogram of 100 bins
over the map's own range, so no scaling changes it. It is taken of U at the size of the input, as every metric here
sees a map. (Quantus takes the values as they are given, which are few for a small map: 49 fill no 100 bins.)
"""

import numpy as np

from ..masks import masks
from ._contract import Column, Explained

COLUMN = Column(
    "efficient_mprt",
    "Efficient MPRT",
    higher_is_better=True,
    place=111,
    definition="(H' - H) / H, H the entropy of the values of U in 100 bins, H' the same for random weights",
    source="Hedström et al., 2023",
    range=(-1, 1e999),
    criterion="sanity",
)
NEEDS = ("saliency.raw", "saliency.mask", "random_weights.raw")
_BINS = 100


def measure(seen: Explained) -> np.ndarray | None:
    """Relative rise of the entropy, float64 (n,), at least -1; None if there are no maps of random weights.

    A constant map, or one that is not finite, has H = 0. Of the trained network it is worst, -1, whatever the other
    one is; of random weights it is -1 as well, which the formula gives.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 0.0], [0.0, 1.0]]])
    >>> other = np.array([[[0.0, 1.0], [2.0, 3.0]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), made={"random_weights.raw": other})).round(3)
    array([1.465])
    """
    raw = seen.made.get("random_weights.raw")
    if raw is None:
        return None
    trained, random = entropies(seen.mask), entropies(masks(raw, seen.size, seen.masking))
    flat = trained == 0
    return np.where(flat, -1, (random - trained) / np.where(flat, 1, trained))


def entropies(maps: np.ndarray) -> np.ndarray:
    """Entropy of the values of each map (n, H, W) in 100 bins from its least to its greatest, float64 (n,), in nats.

    >>> entropies(np.array([[[0.0, 0.0, 1.0, 2.0]], [[3.0, 3.0, 3.0, 3.0]]])).round(4)
    array([1.0397, 0.    ])
    """
    counts = np.stack([np.histogram(map, bins=_BINS)[0] for map in maps])
    shares = counts / counts.sum(1, keepdims=True)
    return np.asarray((shares * np.log(1 / np.where(shares > 0, shares, 1))).sum(1))
