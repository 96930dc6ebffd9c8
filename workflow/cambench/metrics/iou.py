"""IoU: intersection over union of the object and of what is more salient than the mean (Chefer et al., CVPR 2021)."""

import numpy as np

from ._contract import Column, Explained

COLUMN = Column(
    "iou",
    "IoU",
    higher_is_better=True,
    place=104,
    definition="pixels of both the object and {U > mean of U} / pixels of either",
    source="Chefer et al., 2021",
    criterion="localisation",
)
NEEDS = ("saliency.raw", "saliency.mask", "objects.mask")


def measure(seen: Explained) -> np.ndarray | None:
    """Intersection over union of the object and of the pixels above the map's mean, float64 (n,) in [0, 1].

    The mean is the threshold of the segmentation of ImageNet by maps of transformers, where pixels of all images are
    counted together; here each image has its own value. 0 where a map is constant or not finite, or the object is out
    of the crop; None without objects.

    >>> p, raw = np.array([0.9]), np.array([[[2.0, 3.0], [1.0, 0.0]]])
    >>> inside = np.array([[[False, True], [True, False]]])
    >>> measure(Explained(p, p, raw, size=(2, 2), objects=inside)).round(6)
    array([0.333333])
    """
    if seen.objects is None:
        return None
    above = seen.mask > seen.mask.mean((1, 2), np.float64, keepdims=True)
    both, either = (np.count_nonzero(part, (1, 2)) for part in (above & seen.objects, above | seen.objects))
    return np.asarray(both / np.maximum(1, either))
