"""What tests share: small networks, the demo's network and photographs, the workflow on small images."""

import hashlib
import os
from pathlib import Path

import numpy as np
import projects
import pytest
import torch
import warm
import yaml
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[1]
PREPROCESSING = {"resize": 32, "crop": 32, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.25] * 3}
COMPUTE = {"device": "cpu", "precision": "float32", "batch": 8}


# Folders whose files take longest, and single files; those of a cluster mostly wait, beside the others.
LONGEST = ("cluster", "workflow", "gpu", "families", "browser", "command", "in_memory", "provenance")
LONGEST += ("test_golden.py", "test_notebook.py", "test_simulation.py")


def pytest_configure(config):
    """All processes of the tests share one Python that starts at once."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        os.environ[warm.SHARED] = warm.python()


def pytest_collection_modifyitems(items):
    """Files that take longest begin first, so that none is left for one process alone: see `make test-all`."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: min(places.get(name, len(LONGEST)) for name in item.path.parts[-2:]))


def settings(**changes):
    """A network's block of the config, with its defaults."""
    full = dict(PREPROCESSING, resize=224, crop=224)
    return {"arguments": {}, "weights": None, "seed": 0, "preprocessing": full, **changes}


def small(factory="tiny:Tiny", **changes):
    """The block of a network of tiny.py."""
    return settings(factory=factory, preprocessing=PREPROCESSING, **changes)


@pytest.fixture(scope="session")
def tiny():
    """Network `Tiny`, opened."""
    from cambench.networks.open import open_probe

    return open_probe("tiny", small(), COMPUTE)


@pytest.fixture(scope="session")
def vit():
    """A small vision transformer of torchvision's, opened."""
    from cambench.networks.open import open_probe

    return open_probe("vit", small("vits:torchvision_vit"), COMPUTE)


@pytest.fixture(scope="session")
def ghost():
    """The same on torch's meta device: tensors have shapes and no numbers, and don't mix with those of the CPU."""
    from cambench.networks.open import open_probe

    return open_probe("tiny", small(), {**COMPUTE, "device": "meta"})


@pytest.fixture(scope="session")
def demo():
    """The demo's configuration."""
    from cambench.config import read

    return read.resolve(yaml.safe_load((ROOT / "config/config.yaml").read_text()), [])[0]


@pytest.fixture(scope="session")
def photographs(demo):
    """Pixels, labels and seeds of the twenty photographs that the demo takes its ten from."""
    from cambench.images import decode, sources
    from cambench.networks.batches import gathered

    dataset = {**demo["dataset"], "glob": "imagenet_*.jpg"}
    root = sources.root(dataset)
    rows = [
        {"path": item.path, "label": item.label, "sha256": hashlib.sha256((root / item.path).read_bytes()).hexdigest()}
        for item in sources.find(dataset)
    ]
    return gathered(decode.decode(rows, root, demo["networks"]["efficientnet-lite0"]["preprocessing"]))


@pytest.fixture(scope="session")
def demo_probe(demo):
    """The demo's trained network, opened."""
    from cambench.networks.open import open_probe

    return open_probe("lite0", demo["networks"]["efficientnet-lite0"], COMPUTE)


def opened(probe, pixels, classes=None, seeds=None, masked=False):
    """A batch of images, all of class 0 if no classes are given, or of masked inputs, which are the images as well."""
    from cambench.networks.batch import Batch
    from cambench.networks.probe import Shard

    rows = np.arange(len(pixels))
    shard = Shard(pixels, rows * 0 if classes is None else np.asarray(classes), rows if seeds is None else seeds)
    return Batch.of(probe, shard, 0, len(pixels), probe.prepare(pixels) if masked else None)


def unit(maps):
    """ReLU and min-max scaling, written out once more."""
    maps = maps.detach().clamp(min=0).flatten(1)
    low, high = maps.amin(1, keepdim=True), maps.amax(1, keepdim=True)
    return torch.where(high > low, (maps - low) / (high - low).clamp(min=1e-30), 0)


@pytest.fixture
def project(tmp_path):
    """A project of its own."""
    return projects.make_project(tmp_path)


@pytest.fixture
def small_project(tmp_path):
    """A project of one method in two shards."""
    return projects.make_small(tmp_path)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """An undisturbed run of two methods in three shards; not to be changed."""
    return run_once(tmp_path_factory, "finished", projects.make_project)


@pytest.fixture(scope="session")
def small_finished(tmp_path_factory):
    """An undisturbed run of one method in two shards; not to be changed."""
    return run_once(tmp_path_factory, "small", projects.make_small)


def run_once(tmp_path_factory, name, make):
    """A finished run, made by whichever process of the tests needs it first."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with FileLock(folder.with_suffix(".lock")):
        made = make(folder)
        if not (made.results / "provenance.json").exists():
            made.run()
    return made


@pytest.fixture
def copy(finished, tmp_path):
    """A copy of the finished run, to be changed."""
    return finished.copy(tmp_path / "copy")


@pytest.fixture
def small_copy(small_finished, tmp_path):
    """A copy of the small finished run, to be changed."""
    return small_finished.copy(tmp_path / "copy")
