"""Stage `metrics`: every metric of one image, from stored probabilities and maps (pure numpy).

Upsampling is linear, U(S) = R S C^T, so means and inner products of upsampled maps are had at the maps' own resolution:
mean U(S) = r^T S c / HW with r, c the column sums of R, C, and <U(S), U(T)> = <(R^T R) S (C^T C), T>.
"""

from collections.abc import Callable

import numpy as np

from .definitions import harmonic_mean
from .scaling import masks, scaled, upsampling

# A variance smaller than this is rounding: maps lie in [0, 1].
_FLAT = 1e-14


def rows(
    read: Callable[[str, str, tuple[int, int]], np.ndarray],
    block: tuple[int, int],
    size: tuple[int, int],
    relu: bool,
    order: str,
    points: list[float],
    area: str | None,
    second: bool = True,
) -> dict[str, np.ndarray]:
    """Columns of the per-image table for a block of rows.

    **Arguments:** `read` gives a stage's variable for some rows; `area` is the rule of the areas under the curves,
    over their `points`; None if no curves were drawn; `second` whether the masked inputs have maps.
    """
    columns = {
        "image": np.arange(*block),
        "target": read("predictions", "target", block),
        "predicted": read("predictions", "predicted", block),
        "label": read("images", "label", block),
        "probability": read("predictions", "probability", block),
        "masked_probability": read("masked", "probability", block),
    }
    maps = read("saliency", "raw", block), read("masked", "raw", block) if second else None
    measured = measure(columns["probability"], columns["masked_probability"], *maps, size, relu, order)
    stages = ["saliency", "masked"]
    if area:
        stages.append("curves")
        measured |= {name: area_under(read("curves", name, block), points, area) for name in ("deletion", "insertion")}
    passes = {f"{stage}_passes": read(stage, "passes", block) for stage in stages}
    return {**columns, **measured, **passes}


def measure(
    probability: np.ndarray,
    masked_probability: np.ndarray,
    raw: np.ndarray,
    masked_raw: np.ndarray | None,
    size: tuple[int, int],
    relu: bool,
    order: str,
) -> dict[str, np.ndarray]:
    """All metrics of some images (Poppi et al., CVPRW 2021; average gain: Zhang et al., 2023).

    **Arguments:** probabilities (n,) of the target class on clean and masked input; raw maps (n, h, w) of both, or
    None for the second, which leaves coherency and ADCC unknown (NaN); `size` (H, W) of the input.
    **Returns:** by name float64 (n,) in [0, 1], and `degenerate`, `nonfinite` bool (n,).
    """
    p, q = probability.astype(np.float64), masked_probability.astype(np.float64)
    drop = np.maximum(0, p - q) / np.where(p > 0, p, 1)
    gain = np.where(p < 1, np.maximum(0, q - p) / np.where(p < 1, 1 - p, 1), 0)
    alone = masked_raw is None
    complexity, rho, degenerate, nonfinite = _maps(raw, raw if masked_raw is None else masked_raw, size, relu, order)
    nonfinite |= ~np.isfinite(q)
    undefined = degenerate | nonfinite
    coherency = np.where(undefined, 0, (1 + rho) / 2)
    adcc = np.where(undefined, 0, harmonic_mean(coherency, 1 - complexity, 1 - drop))
    return {
        "average_drop": drop,
        "average_increase": (p < q).astype(np.float64),
        "average_gain": gain,
        "coherency": np.full_like(drop, np.nan) if alone else coherency,
        "complexity": complexity,
        "adcc": np.full_like(drop, np.nan) if alone else adcc,
        "degenerate": degenerate & ~nonfinite,
        "nonfinite": nonfinite,
    }


def area_under(curves: np.ndarray, points: list[float], rule: str) -> np.ndarray:
    """Areas float64 (n,) under curves (n, points) over the share of pixels changed, from 0 to 1; in [0, 1].

    **Arguments:** `rule` trapezoid, or mean: that of the points, whatever their distance.
    """
    values = curves.astype(np.float64)
    return np.asarray(values.mean(1) if rule == "mean" else np.trapezoid(values, points, axis=1))


def _maps(
    raw: np.ndarray, masked_raw: np.ndarray, size: tuple[int, int], relu: bool, order: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Complexity of U(S), correlation of U(S) and U(T), and the two flags; S, T of the clean and the masked input."""
    S, flat, bad = scaled(raw, relu)
    T, masked_flat, masked_bad = scaled(masked_raw, relu)
    if order != "scale_then_upsample":
        S, T = (masks(maps, size, relu, order) for maps in (raw, masked_raw))
    gram = [upsampling(small, large) for small, large in zip(S.shape[1:], size, strict=True)]
    weight = np.outer(*(matrix.sum(0) / len(matrix) for matrix in gram))  # of each cell in the mean over pixels
    gram = [matrix.T @ matrix / len(matrix) for matrix in gram]
    S, T = S.astype(np.float64), T.astype(np.float64)
    mean_S, mean_T = (np.tensordot(maps, weight, 2) for maps in (S, T))

    def covariance(a: np.ndarray, b: np.ndarray, mean: np.ndarray) -> np.ndarray:
        return ((gram[0] @ a @ gram[1]) * b).sum((1, 2)) - mean

    variance = covariance(S, S, mean_S**2) * covariance(T, T, mean_T**2)
    rho = covariance(S, T, mean_S * mean_T) / np.sqrt(np.where(variance > _FLAT**2, variance, np.inf))
    return np.clip(mean_S, 0, 1), np.clip(rho, -1, 1), flat | masked_flat, bad | masked_bad
