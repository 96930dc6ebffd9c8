"""Photographs, maps and curves as short texts, which a page takes apart again (`web/src/images/decode.ts`)."""

import base64
import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

MOST_CELLS = 64  # a side; larger maps are reduced for the report
POINTS = 64  # of a curve that the report shows
_QUALITY = 80
_EXACT, _FINE = 8 * 8, 32 * 32  # cells up to which a map is kept in float32, and in steps of 16 bits
_NOT_FINITE = 0xFFFF


@dataclass(frozen=True)
class Code:
    """How the maps of one method are written: `kind` f4 (float32), i2 or i1 (steps of 16 or 8 bits), and `shape`.

    The text of a map in steps is that of its least value and its greatest, float32, and of a whole number per cell,
    which counts up from 0 at the base to the greatest value, and down to the least. The base is the least value, or 0
    if that is less and the map goes through a ReLU, so that the mask keeps all steps.
    """

    kind: str
    shape: tuple[int, int]

    @classmethod
    def of(cls, shape: tuple[int, int]) -> "Code":
        """Of maps of a shape (h, w); a side of more than `MOST_CELLS` is divided by a whole number."""
        found = tuple(-(-side // factor(side)) for side in shape)
        cells = found[0] * found[1]
        return cls("f4" if cells <= _EXACT else "i2" if cells <= _FINE else "i1", (found[0], found[1]))


def photograph(pixels: np.ndarray) -> str:
    """Pixels, uint8 (H, W, 3), as the data URL of a WebP image: 10 kB for 224 x 224."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "webp", quality=_QUALITY, method=4)
    return f"data:image/webp;base64,{_text(file.getvalue())}"


def raw_map(raw: np.ndarray, relu: bool) -> str | None:
    """A raw map, float (h, w), in the code of its shape; None if it is not finite."""
    if not np.isfinite(raw).all():
        return None
    code, small = Code.of((raw.shape[0], raw.shape[1])), reduced(raw)
    if code.kind == "f4":
        return _text(small.astype("<f4").tobytes())
    low, high = np.float32(small.min()), np.float32(small.max())
    base = max(low, np.float32(0)) if relu else low
    most = 2 ** (8 * int(code.kind[1]) - 1) - 1
    span = np.where(small >= base, max(high, base) - base, base - low)
    steps = np.divide(small - base, span, out=np.zeros_like(small), where=span > 0) * most
    return _text(np.array([low, high], "<f4").tobytes() + np.rint(steps).astype(f"<{code.kind}").tobytes())


def reduced(raw: np.ndarray) -> np.ndarray:
    """A map (h, w) as float32, with means of blocks where a side has more than `MOST_CELLS` cells."""
    for axis in (0, 1):
        side = raw.shape[axis]
        starts = np.arange(0, side, factor(side))
        sizes = np.diff(np.append(starts, side)).reshape((-1, 1) if axis == 0 else (1, -1))
        raw = np.add.reduceat(raw.astype(np.float64), starts, axis) / sizes
    return raw.astype(np.float32)


def factor(side: int) -> int:
    """How many cells of a side become one.

    >>> factor(64), factor(65), factor(224)
    (1, 2, 4)
    """
    return -(-side // MOST_CELLS)


def fractions(values: np.ndarray) -> str:
    """Fractions in [0, 1], float (n,), in steps of 16 bits, 65534 for 1; 65535 stands for what is not finite."""
    finite = np.isfinite(values)
    steps = np.rint(np.clip(np.where(finite, values, 0), 0, 1) * (_NOT_FINITE - 1))
    return _text(np.where(finite, steps, _NOT_FINITE).astype("<u2").tobytes())


def places(count: int) -> np.ndarray:
    """Which of a curve's points are shown, int64: all, or `POINTS` of them, evenly spaced, with both ends."""
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
