"""Entropy: that of U(S) as a distribution over pixels (Bhatt et al., IJCAI 2020, eq. 6), as a share of the largest."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "entropy",
    "Entropy",
    higher_is_better=False,
    place=91,
    definition="- sum q ln q / ln n; q = U / sum U, n the number of pixels",
    source="Bhatt et al., 2020",
    criterion="complexity",
)
NEEDS = ("saliency.raw", "saliency.mask")


def measure(seen: Explained) -> np.ndarray:
    """How evenly the saliency is spread, float64 (n,): from 0, one pixel, to 1, all alike; 1 if a map is constant.

    Quantus gives this times ln n (as `Complexity`); pnpxai the entropy of a histogram, which is another quantity.

    >>> p, raw = np.array([0.9]), np.array([[[0.0, 0.0], [3.0, 3.0]]])
    >>> measure(Explained(p, p, raw, raw, size=(2, 2)))
    array([0.5])
    """
    ordered, total = seen.ordered, seen.ordered.sum(1, keepdims=True)
    shares = ordered / np.where(total > 0, total, 1)
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(1)
    return np.where(total[:, 0] > 0, np.clip(entropy / np.log(max(2, ordered.shape[1])), 0, 1), 1)
