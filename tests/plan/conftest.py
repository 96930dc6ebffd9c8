"""A plan of a run of ten images, two networks and three methods, whose manifest is made."""

import json
import sys
from collections import namedtuple
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest
import warm
from projects import ROOT, make_images

from cambench.config import read
from cambench.images import sources
from cambench.plan import Plan
from cambench.store import tables
from cambench.store.network import Network

IMAGES = 10
Made = namedtuple("Made", ["manifest", "rejected"])


class File(str):
    """What Snakemake hands over for a file: its path, and `open`, which fetches it from a storage."""

    def open(self, mode):
        return open(self, mode)


@pytest.fixture
def wildcards():
    return lambda **names: SimpleNamespace(**names)


@pytest.fixture
def planned(tmp_path, monkeypatch):
    """A function that plans a configuration, changed as given, in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    sources._listing.cache_clear()  # of another test's folder of the same name
    make_images(tmp_path / "photos", range(IMAGES))
    np.save(tmp_path / "maps.npy", np.ones((IMAGES, 3, 5), np.float32))
    folder = tmp_path / "results" / "test"
    folder.mkdir(parents=True)
    digests = [f"{number:064x}" for number in range(IMAGES)]
    labels = [[number] for number in range(IMAGES)]
    names = [f"photos/{number}.png" for number in range(IMAGES)]
    listed = pl.DataFrame({"path": names, "label": range(IMAGES), "sha256": digests, "labels": labels})
    tables.write(folder / "manifest.parquet", listed)
    tables.write(folder / "rejected.parquet", pl.DataFrame({"path": ["a"], "reason": ["empty file"]}))
    facts = {"channels": 4, "map": [8, 8], "input": [32, 32], "operations": 1000, "head_alone": True}

    def described(name):
        file = folder / "networks" / f"{name}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(dict.fromkeys(Network.__required_keys__) | {"network": name} | facts))
        return File(file)

    made = Made(File("results/test/manifest.parquet"), File("results/test/rejected.parquet"))

    def plan(**changes):
        network = {"factory": "tiny:Tiny", "preprocessing": {"resize": 40, "crop": 32}}
        config = {
            "run": "test",
            "dataset": {"kind": "folder", "path": "photos"},
            "networks": {"one": network, "two": {**network, "title": "Two", "seed": 1}},
            "methods": {
                "gradcam": {"cam": "gradcam", "title": "Grad-CAM"},
                "scorecam": {"cam": "scorecam"},
                "mine": {"cam": "file", "settings": {"path": "maps.npy"}},
            },
            "shards": {"images": 4, "passes": 0.2},
            **changes,
        }
        full, errors = read.resolve(config, [])
        assert not errors
        return Plan(full, "results/test", lambda: made, described, ROOT / "workflow" / "scripts")

    return plan


@pytest.fixture
def plan(planned):
    return planned()


@pytest.fixture(autouse=True)
def warm_preflight(monkeypatch):
    """Networks are tried in a Python that starts at once."""
    monkeypatch.setattr(sys, "executable", warm.python())
