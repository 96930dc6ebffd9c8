"""Folders of images, and their manifests."""

import io
import os
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image
from projects import ROOT

from cambench.images import manifest, sources

FOLDER = {"kind": "folder", "glob": "**/*", "label": "none"}
LOCALES = {"ascii": {"PYTHONUTF8": "0", "LC_ALL": "C"}, "utf-8": {"PYTHONUTF8": "1"}}


@pytest.fixture(params=LOCALES)
def printed(request, tmp_path):
    """What a program prints that runs in the folder of the test, in each locale: `printed(code)`."""
    environment = {**os.environ, **LOCALES[request.param], "PYTHONPATH": str(ROOT / "workflow")}

    def run(code):
        check = f"import sys; assert sys.getfilesystemencoding() == {request.param!r}"
        command = [sys.executable, "-c", f"{check}\n{code}"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
        assert not done.returncode, done.stderr
        return done.stdout

    return run


@pytest.fixture
def noise():
    """Makes an image of noise: `noise(width, height, mode)`."""

    def make(width=40, height=48, mode="RGB"):
        bands = len(Image.new(mode, (1, 1)).getbands())
        data = np.random.default_rng(0).integers(0, 255, (height, width, bands), dtype=np.uint8)
        return Image.fromarray(data.squeeze() if bands == 1 else data, mode if mode != "RGB" else None)

    return make


@pytest.fixture
def built():
    """Makes the manifest and the rejected files of a data set: `built(path=...)` for a folder."""

    def make(earlier=None, min_side=16, sample=None, **dataset):
        dataset, limits = {**FOLDER, **dataset}, manifest.Limits(min_side, 1_000_000)
        return manifest.build(sources.find(dataset), sources.root(dataset), earlier, limits, sample=sample)

    return make


@pytest.fixture
def odd(tmp_path, noise):
    """A folder of everything that people keep among their images."""
    noise().save(tmp_path / "plain.jpg")
    noise(mode="CMYK").save(tmp_path / "cmyk.jpg")
    noise(mode="L").save(tmp_path / "grey.png")
    Image.fromarray(np.arange(48 * 40, dtype=np.uint16).reshape(48, 40) * 30).save(tmp_path / "deep.png")
    exif = Image.Exif()
    exif[274] = 6
    noise().save(tmp_path / "rotated.jpg", exif=exif)
    noise().save(tmp_path / "animated.gif", save_all=True, append_images=[noise().rotate(90)])
    noise(8, 8).save(tmp_path / "small.png")
    noise(32, 3300).save(tmp_path / "thread.png")
    whole = io.BytesIO()
    noise().save(whole, "JPEG")
    (tmp_path / "truncated.jpg").write_bytes(whole.getvalue()[:700])
    (tmp_path / "empty.jpg").touch()
    (tmp_path / "notes.txt").write_text("not an image")
    size = b"IHDR" + struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
    chunks = [part for data in (size, b"IDAT", b"IEND") for part in (len(data) - 4, data, zlib.crc32(data))]
    bomb = b"".join(part if isinstance(part, bytes) else struct.pack(">I", part) for part in chunks)
    (tmp_path / "bomb.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bomb)
    return tmp_path


@pytest.fixture
def calls():
    """Number of calls of functions, Python's and C's, that a function makes."""

    def count(function):
        seen = 0

        def profile(frame, event, argument):
            nonlocal seen
            seen += event in ("call", "c_call")

        sys.setprofile(profile)
        try:
            function()
        finally:
            sys.setprofile(None)
        return seen

    return count
