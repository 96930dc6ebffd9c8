"""Pixels are torchvision's, and only of files that are what the manifest says."""

import contextlib
import hashlib
import io
import os
import re
import struct
import tracemalloc
import zlib

import numpy as np
import polars as pl
import pytest
from PIL import EpsImagePlugin, Image
from projects import make_images
from torchvision import transforms
from torchvision.transforms import v2

from cambench.errors import InputError
from cambench.images import sources
from cambench.images.decode import UnusableError, decode, decodes, rgb

SMALL = {"resize": 32, "crop": 32, "interpolation": "bilinear"}


def decoded(name, *arguments):
    return np.concatenate([block[name] for block in decode(*arguments)])


@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic"])
def test_pixels_are_those_of_torchvision(odd, built, interpolation):
    good, _ = built(path=str(odd))
    found = decoded("pixels", good.to_dicts(), odd, {"resize": 36, "crop": 32, "interpolation": interpolation})
    resize = transforms.Resize(36, transforms.InterpolationMode(interpolation))
    reference = transforms.Compose([resize, transforms.CenterCrop(32)])
    for name, pixels in zip(good["path"], found, strict=True):
        if name == "deep.png":  # which Pillow would clip; see below
            continue
        with Image.open(odd / name) as image:
            np.testing.assert_array_equal(pixels, np.asarray(reference(image.convert("RGB"))))


def test_pixels_of_photographs_are_those_of_torchvision(photographs, demo):
    folder = sources.root(demo["dataset"])
    reference = transforms.Compose([transforms.Resize(224), transforms.CenterCrop(224)])
    names = sorted(path.name for path in folder.glob("imagenet_*.jpg"))
    assert len(names) == len(photographs["pixels"]) == 20
    for name, pixels in zip(names, photographs["pixels"], strict=True):
        with Image.open(folder / name) as image:
            np.testing.assert_array_equal(pixels, np.asarray(reference(image.convert("RGB"))))


@pytest.mark.parametrize("resize", [32, [32, 41], [53, 32], [32, 32], [70, 90]])
@pytest.mark.parametrize("crop", [32, [32, 29], [17, 32], [31, 24]])
@pytest.mark.parametrize("interpolation", ["bilinear", "bicubic", "lanczos"])
def test_pixels_of_any_shape_are_those_of_torchvision(noise, tmp_path, resize, crop, interpolation):
    """Of images that lie and stand, smaller and larger than what they become."""
    reference = v2.Compose([v2.Resize(resize, v2.InterpolationMode(interpolation)), v2.CenterCrop(crop)])
    for width, height in ((61, 40), (40, 61), (25, 31), (33, 32), (200, 90)):
        image = noise(width, height)
        image.save(tmp_path / "a.png")
        data = (tmp_path / "a.png").read_bytes()
        row = {"path": "a.png", "label": 0, "sha256": hashlib.sha256(data).hexdigest()}
        found = decoded("pixels", [row], tmp_path, {"resize": resize, "crop": crop, "interpolation": interpolation})
        np.testing.assert_array_equal(found[0], np.asarray(reference(image)))


ALL_16_BITS = np.arange(65536, dtype=np.uint16).reshape(256, 256)
PPM = {"a.pgm": b"P5 256 256 65535\n" + ALL_16_BITS.astype(">u2").tobytes()}
PPM["plain.pgm"] = b"P2 256 256 65535\n" + b" ".join(b"%d" % value for value in ALL_16_BITS.flat)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "big-endian.tif", "a.pgm", "plain.pgm"])
def test_16_bits_of_grey_are_scaled(tmp_path, name):
    if name in PPM:
        (tmp_path / name).write_bytes(PPM[name])
    else:
        values = ALL_16_BITS.astype(">u2") if name.startswith("big") else ALL_16_BITS
        Image.fromarray(values).save(tmp_path / name)
    expected = np.round(ALL_16_BITS.astype(float) * 255 / 65535)
    found = np.asarray(rgb((tmp_path / name).read_bytes()))
    np.testing.assert_array_equal(found, np.repeat(expected[..., None], 3, 2))


def test_16_bits_of_colour_lose_their_lower_byte(tmp_path):
    """As Pillow reads them; that is at most one level from the nearest."""
    rows = b"".join(b"\0" + b"".join(struct.pack(">HHH", v, 65535 - v, v // 2) for v in row) for row in ALL_16_BITS)
    parts = [b"IHDR" + struct.pack(">IIBBBBB", 256, 256, 16, 2, 0, 0, 0), b"IDAT" + zlib.compress(rows), b"IEND"]
    chunks = b"".join(struct.pack(">I", len(p) - 4) + p + struct.pack(">I", zlib.crc32(p)) for p in parts)
    found = np.asarray(rgb(b"\x89PNG\r\n\x1a\n" + chunks))
    expected = np.stack([ALL_16_BITS, 65535 - ALL_16_BITS, ALL_16_BITS // 2], 2) >> 8
    np.testing.assert_array_equal(found, expected)


def tiff(values, bits, photometric, kind=1):
    """A little-endian TIFF of one strip, as others write it: `kind` 1 is whole numbers, 3 floats."""
    height, width = values.shape
    data = values.tobytes()
    tags = {
        256: width,
        257: height,
        258: bits,
        259: 1,
        262: photometric,
        273: 8,
        278: height,
        279: len(data),
        339: kind,
    }
    entries = b"".join(
        struct.pack("<HHII", tag, 4 if tag in (273, 279) else 3, 1, value) for tag, value in tags.items()
    )
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + struct.pack("<H", len(tags)) + entries + bytes(4)


def test_0_may_be_white():
    """Pillow turns such an image round if it has 8 bits, and leaves it as it is if it has more."""
    expected = np.round(ALL_16_BITS.astype(float) * 255 / 65535)
    for photometric, wanted in ((1, expected), (0, 255 - expected)):
        found = np.asarray(rgb(tiff(ALL_16_BITS, 16, photometric)))[..., 0]
        np.testing.assert_array_equal(found, wanted)
    floats = np.linspace(0, 1, 256, dtype=np.float32).reshape(16, 16)
    found = np.asarray(rgb(tiff(floats, 32, 0, kind=3)))[..., 0]
    np.testing.assert_array_equal(found, np.round((1 - floats.astype(float)) * 255))


def test_12_bits_of_grey_are_scaled():
    values = np.arange(4096).reshape(64, 64)
    first, second = values[:, ::2], values[:, 1::2]  # two values in three bytes
    packed = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], 2).astype(np.uint8)
    data = tiff(packed.reshape(64, 96), 12, 1).replace(
        struct.pack("<HHII", 256, 3, 1, 96), struct.pack("<HHII", 256, 3, 1, 64)
    )
    np.testing.assert_array_equal(np.asarray(rgb(data))[..., 0], np.round(values * 255 / 4095))


def test_floats_are_scaled_if_they_lie_within_0_and_1(tmp_path):
    values = np.linspace(0, 1, 48 * 40, dtype=np.float32).reshape(48, 40)
    Image.fromarray(values).save(tmp_path / "a.tif")
    found = np.asarray(rgb((tmp_path / "a.tif").read_bytes()))
    np.testing.assert_array_equal(found[..., 0], np.round(values.astype(float) * 255))


@pytest.fixture(params=["uint16", "uint16, plain", "float32"])
def large(request):
    """The file of a grey image of 2048 x 2048, and its values as shares of white."""
    values = (np.arange(2048 * 2048, dtype=np.uint32) // 64).astype(np.uint16).reshape(2048, 2048)
    if request.param == "uint16, plain":
        return b"P5 2048 2048 65535\n" + values.astype(">u2").tobytes(), values / 65535
    if request.param == "float32":
        values = (values / 65535).astype(np.float32)
    data = io.BytesIO()
    Image.fromarray(values).save(data, "TIFF")
    return data.getvalue(), values / (65535 if values.dtype == np.uint16 else 1.0)


def test_scaling_takes_little_memory(large):
    """Arrays of float64 of the whole image would take as much as three or four images."""
    data, share = large
    tracemalloc.start()
    try:
        found = rgb(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 4 * share.size  # bytes; what Pillow itself decodes into is not counted
    np.testing.assert_array_equal(np.asarray(found)[..., 1], np.round(share.astype(float) * 255))


@pytest.mark.parametrize("place", [0, -1])
def test_one_float_out_of_range_is_found_wherever_it_is(place):
    for value, shown in ((np.nan, "nan to nan"), (1.5, "0 to 1.5"), (-1, "-1 to 0")):
        values = np.zeros((1024, 1024), np.float32)
        values.flat[place] = value
        data = io.BytesIO()
        Image.fromarray(values).save(data, "TIFF")
        with pytest.raises(UnusableError, match=f"^floats from {shown}, not within 0 and 1$"):
            rgb(data.getvalue())


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.linspace(0, 255, 100, dtype=np.float32), "floats from 0 to 255, not within 0 and 1"),
        (np.linspace(-0.5, 1, 100, dtype=np.float32), "floats from -0.5 to 1, not within 0 and 1"),
        (np.full(100, np.nan, np.float32), "floats from nan to nan, not within 0 and 1"),
        (
            np.arange(100, dtype=np.int32),
            "whole numbers of 32 bits, or with a sign: nothing says which of them is white",
        ),
    ],
)
def test_values_of_no_known_range_are_rejected(tmp_path, built, values, reason):
    make_images(tmp_path, range(1))
    Image.fromarray(np.repeat(values.reshape(10, 10), 2, 1)).save(tmp_path / "a.tif")
    assert built(path=str(tmp_path), min_side=10)[1].rows() == [("a.tif", reason)]


def test_transparency_is_ignored(noise, tmp_path):
    for mode in ("RGBA", "LA"):
        image = noise(mode=mode)
        image.save(tmp_path / "a.png")
        found = np.asarray(rgb((tmp_path / "a.png").read_bytes()))
        np.testing.assert_array_equal(found, np.broadcast_to(np.asarray(image)[..., :-1], found.shape))
    palette = noise().quantize(16)
    palette.save(tmp_path / "a.png", transparency=bytes(range(16)))
    colours = np.asarray(palette.getpalette()).reshape(-1, 3)
    np.testing.assert_array_equal(np.asarray(rgb((tmp_path / "a.png").read_bytes())), colours[np.asarray(palette)])


EPS = b"""%!PS-Adobe-3.0 EPSF-3.0
%%BoundingBox: 0 0 100 100
%%EndComments
(code) print
%%EOF
"""


def test_images_start_no_program(tmp_path, built, monkeypatch):
    """Pillow takes an EPS by its content, whatever its name, and hands it over to Ghostscript."""
    make_images(tmp_path / "photos", range(1))
    (tmp_path / "photos" / "eps.png").write_bytes(EPS)
    (tmp_path / "gs").write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    (tmp_path / "gs").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)  # not looked for yet
    assert built(path=str(tmp_path / "photos"))[1].rows() == [("eps.png", "not an image")]
    assert not (tmp_path / "ran").exists()
    with contextlib.suppress(OSError), Image.open(io.BytesIO(EPS)) as image:  # what Pillow alone does
        image.load()
    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("form", ["BMP", "DIB", "GIF", "JPEG", "JPEG2000", "MPO", "PNG", "PPM", "TIFF", "WEBP"])
def test_formats(noise, form):
    data = io.BytesIO()
    noise().save(data, form)
    assert rgb(data.getvalue()).size == (40, 48)


def test_an_image_that_can_no_longer_be_decoded_is_named(tmp_path, noise):
    """An earlier version, or another Pillow, made the manifest."""
    noise(32, 3300).save(tmp_path / "thread.png")
    noise().save(tmp_path / "whole.png")
    whole, thread = ((tmp_path / name).read_bytes() for name in ("whole.png", "thread.png"))
    too_long = "too long: 32 x 3,300 pixels, one side more than 100 times the other"
    for data, why in ((b"pixels", "not an image"), (thread, too_long), (whole[:-100], "image file is truncated.*")):
        (tmp_path / "a.png").write_bytes(data)
        row = {"path": "a.png", "label": 0, "sha256": hashlib.sha256(data).hexdigest()}
        with pytest.raises(InputError) as error:
            list(decode([row], tmp_path, SMALL))
        assert re.fullmatch(
            f"a.png: {why}; mend: rm the manifest.parquet that lists it, then run again", str(error.value)
        )


def test_seeds_follow_the_bytes_of_an_image_and_not_its_place(tmp_path, built):
    make_images(tmp_path, range(3))
    rows = built(path=str(tmp_path))[0].to_dicts()
    seeds = decoded("seed", rows, tmp_path, SMALL)
    assert decoded("seed", rows[::-1], tmp_path, SMALL).tolist() == seeds.tolist()[::-1]
    assert len(set(seeds)) == 3
    assert (seeds >= 0).all()


def test_a_changed_or_missing_image_is_refused(tmp_path, built):
    make_images(tmp_path, range(2))
    rows = built(path=str(tmp_path))[0].to_dicts()
    (tmp_path / rows[0]["path"]).write_bytes((tmp_path / rows[1]["path"]).read_bytes())
    with pytest.raises(InputError, match="changed since the manifest"):
        list(decode(rows, tmp_path, SMALL))
    (tmp_path / rows[0]["path"]).unlink()
    with pytest.raises(InputError, match="No such file"):
        list(decode(rows, tmp_path, SMALL))


def test_a_list_may_be_allowed_to_name_images_elsewhere(tmp_path, built):
    make_images(tmp_path / "photos", range(2))
    (tmp_path / "lists").mkdir()
    paths = ["../photos/001_1.png", str(tmp_path / "photos/000_0.png"), "../gone.png"]
    pl.DataFrame({"path": paths}).write_csv(tmp_path / "lists/list.csv")
    dataset = {"kind": "manifest", "path": str(tmp_path / "lists/list.csv"), "outside": True}
    good, rejected = built(**dataset)
    assert good["path"].to_list() == paths[:2]
    assert rejected["reason"].to_list() == ["missing"]
    assert decoded("pixels", good.to_dicts(), sources.root(dataset), SMALL).shape == (2, 32, 32, 3)


def test_whether_a_file_can_be_decoded(odd):
    assert decodes(odd / "plain.jpg", SMALL)
    assert not any(decodes(odd / name, SMALL) for name in ("truncated.jpg", "notes.txt", "gone.png"))
