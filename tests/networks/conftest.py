"""Images of noise, and published networks in folders."""

import hashlib

import numpy as np
import pytest
from PIL import Image

from cambench.images import decode


@pytest.fixture(scope="session")
def pixels():
    return np.random.default_rng(0).integers(0, 255, (6, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def noisy(tmp_path):
    """An image of noise, 90 x 61, and `read(preprocessing)`, its pixels uint8 (H, W, 3) as cambench stores them."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (61, 90, 3), dtype=np.uint8))
    image.save(tmp_path / "noise.png")
    row = {"path": "noise.png", "sha256": hashlib.sha256((tmp_path / "noise.png").read_bytes()).hexdigest()}

    def read(preprocessing):
        return next(decode.decode([{**row, "image": 0, "label": 0, "seed": 0}], tmp_path, preprocessing))["pixels"][0]

    return image, read


@pytest.fixture
def published(tmp_path):
    """Put files into a cache of Hugging Face's layout: `published(repository, commit, files, branch)`; its folder."""

    def put(repository, commit, files, branch="main"):
        at = tmp_path / "cache" / f"models--{repository.replace('/', '--')}"
        for name, data in files.items():
            (at / "snapshots" / commit / name).parent.mkdir(parents=True, exist_ok=True)
            (at / "snapshots" / commit / name).write_bytes(data)
        if branch:
            (at / "refs").mkdir(exist_ok=True)
            (at / "refs" / branch).write_text(commit)
        return tmp_path / "cache"

    return put
