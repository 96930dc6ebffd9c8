"""Photographs, maps and curves as texts: what they lose."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from cambench.masks import scale
from cambench.report.shown import encode

RNG = np.random.default_rng(0)


def decoded(text, code, relu):
    """A map from its text, as the page takes it apart."""
    data = base64.b64decode(text)
    if code.kind == "f4":
        return np.frombuffer(data, "<f4").reshape(code.shape)
    (low, high), steps = np.frombuffer(data[:8], "<f4"), np.frombuffer(data[8:], f"<{code.kind}")
    base = max(low, 0) if relu else low
    share = steps / (2 ** (8 * int(code.kind[1]) - 1) - 1)
    return np.where(share >= 0, base + (max(high, base) - base) * share, base + (base - low) * share).reshape(
        code.shape
    )


@pytest.mark.parametrize(
    ("shape", "kind", "kept"),
    [
        ((7, 7), "f4", (7, 7)),
        ((8, 8), "f4", (8, 8)),
        ((14, 14), "i2", (14, 14)),
        ((64, 64), "i1", (64, 64)),
        ((224, 224), "i1", (56, 56)),
        ((1, 130), "f4", (1, 44)),
    ],
)
def test_the_code_follows_from_the_size(shape, kind, kept):
    assert encode.Code.of(shape) == encode.Code(kind, kept)
    assert encode.reduced(np.zeros(shape)).shape == kept


@pytest.mark.parametrize("relu", [True, False])
@pytest.mark.parametrize(("side", "error"), [(7, 0), (14, 2e-5), (32, 2e-5), (64, 0.004)])
@pytest.mark.parametrize("moved", [(1, 0), (1e-9, 0), (1e6, -3e6), (1, -2.9), (1, 100)])
def test_masks_lose_less_than_a_grey_level(relu, side, error, moved):
    """Also of maps whose values are tiny, far from zero, or hardly ever above it."""
    raw = (RNG.standard_normal((side, side)) * moved[0] + moved[1]).astype(np.float32)
    found = decoded(encode.raw_map(raw, relu), encode.Code.of(raw.shape), relu).astype(np.float32)
    wanted, shown = (scale(maps[None], relu) for maps in (raw, found))
    assert np.array_equal(wanted.degenerate, shown.degenerate)
    assert np.abs(wanted.maps - shown.maps).max() <= error
    span = raw.max() - raw.min()
    assert np.abs(found - raw).max() <= span * error


def test_constant_maps_stay_constant():
    for value in (0, 1, -2.5):
        for side in (7, 14, 64):
            raw = np.full((side, side), value, np.float32)
            for relu in (True, False):
                assert (decoded(encode.raw_map(raw, relu), encode.Code.of(raw.shape), relu) == value).all()


def test_a_map_that_is_not_finite_has_no_text():
    for value in (np.nan, np.inf):
        raw = np.zeros((7, 7), np.float32)
        raw[3, 3] = value
        assert encode.raw_map(raw, relu=True) is None


def test_large_maps_are_means_of_blocks():
    raw = RNG.random((130, 128))
    small = encode.reduced(raw)
    assert small.shape == (44, 64)  # three rows become one, and the last one is of one row
    np.testing.assert_allclose(small[0, 0], raw[:3, :2].mean(), rtol=1e-6)
    np.testing.assert_allclose(small[-1, -1], raw[129:, 126:].mean(), rtol=1e-6)
    assert encode.reduced(raw[:64, :64]).tolist() == raw[:64, :64].astype(np.float32).tolist()


def test_photographs():
    smooth = np.linspace(0, 255, 224 * 224 * 3).reshape(224, 224, 3).astype(np.uint8)
    text = encode.photograph(smooth)
    assert text == encode.photograph(smooth)
    head, _, data = text.partition(",")
    assert head == "data:image/webp;base64"
    seen = np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")).astype(int)
    assert np.abs(seen - smooth).mean() < 3


def test_fractions():
    values = np.array([0, 1, 0.25, np.nan, np.inf, 1.0000001])
    steps = np.frombuffer(base64.b64decode(encode.fractions(values)), "<u2")
    assert steps.tolist() == [0, 65534, 16384, 65535, 65535, 65534]


def test_points_of_a_curve_that_are_shown():
    assert encode.places(5).tolist() == [0, 1, 2, 3, 4]
    found = encode.places(225)
    assert (found[0], found[-1], len(found)) == (0, 224, 64)
    assert set(np.diff(found)) == {3, 4}
