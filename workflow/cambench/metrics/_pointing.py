"""Where a map points, and whether that is the object, which two metrics take."""

import numpy as np
from scipy.ndimage import distance_transform_edt

from ._contract import Explained


def hits(seen: Explained, tolerance: int) -> np.ndarray | None:
    """Whether the most salient pixel of U(S) lies in the object, or at most `tolerance` pixels from it, float64 (n,).

    Where several pixels are the most salient, it is the share of them that do: what one of them at random would win. 0
    where nothing of the object is left in the crop, or a map is not finite; None if nobody says where objects are.
    """
    if seen.objects is None:
        return None
    near = seen.objects if tolerance == 0 else np.stack([_within(inside, tolerance) for inside in seen.objects])
    most = seen.mask == seen.mask.max((1, 2), keepdims=True)
    return np.where(seen.clean.nonfinite, 0, (most & near).sum((1, 2)) / most.sum((1, 2)))


def _within(inside: np.ndarray, tolerance: int) -> np.ndarray:
    """Pixels at most so far from the object, centre to centre."""
    return np.asarray(distance_transform_edt(~inside) <= tolerance) if inside.any() else inside
