"""What tests share: small networks, the demo's network and photographs, the workflow on small images."""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from PIL import Image
from scipy.io import savemat

ROOT = Path(__file__).resolve().parents[1]
PREPROCESSING = {"resize": 32, "crop": 32, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.25] * 3}
COMPUTE = {"device": "cpu", "precision": "float32", "batch": 8}


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

    return open_probe("lite0", demo["networks"]["efficientnet-lite0"], COMPUTE, 2)


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
    return make_project(tmp_path)


def make_project(folder):
    """A copy of the workflow that a test may edit, with nine small images and a small network."""
    for name in ("workflow", "config", "envs", "profiles", "Snakefile"):
        source, target = ROOT / name, folder / "repo" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    make_images(folder / "photos", range(9))
    shutil.copy(ROOT / "tests" / "tiny.py", folder / "tiny.py")
    return Project(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """An undisturbed run on two cores; not to be changed."""
    made = make_project(tmp_path_factory.mktemp("finished"))
    made.run()
    return made


def make_images(folder, numbers):
    """Smooth random images, so that no two are alike."""
    folder.mkdir(exist_ok=True)
    for number in numbers:
        noise = np.random.default_rng(number).integers(0, 255, (5, 6, 3), dtype=np.uint8)
        image = Image.fromarray(noise).resize((48, 40), Image.Resampling.BICUBIC)
        image.save(folder / f"{number:03d}_{number % 4}.png")


def make_devkit(folder, synsets, truth):
    """A development kit of the real one's shape: leaves in the order of their ids, then an inner synset."""
    kit = folder / "ILSVRC2012_devkit_t12" / "data"
    kit.mkdir(parents=True)
    kind = [("ILSVRC2012_ID", "f8"), ("WNID", "O"), ("words", "O"), ("num_children", "f8")]
    rows = [(n + 1, name, "word", 0) for n, name in enumerate(synsets)] + [(len(synsets) + 1, "n", "inner", 3)]
    savemat(kit / "meta.mat", {"synsets": np.array(rows, dtype=kind)})
    (kit / "ILSVRC2012_validation_ground_truth.txt").write_text("\n".join(map(str, truth)))
    return kit.parent


class Project:
    """A run of the workflow in a folder of its own."""

    def __init__(self, folder):
        self.folder, self.repo = folder, folder / "repo"
        self.presets = []
        self.config = {
            "run": "test",
            "dataset": {"kind": "folder", "path": "photos", "label": "pattern", "pattern": r"_(?P<label>\d)\.png$"},
            "networks": {"tiny": {"factory": "tiny:Tiny", "preprocessing": {"resize": 32, "crop": 32}}},
            "methods": {"gradcam": {"cam": "gradcam"}, "scorecam": {"cam": "scorecam"}},
            "curves": {"pixels_per_step": 256},
            "shards": {"images": 4, "costly": 4, "curves": 4},
            "tables": {"resamples": 50},
            "figures": {"gallery_images": 2},
        }

    def command(self, *arguments):
        (self.folder / "test.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        base = [sys.executable, "-m", "snakemake", "-s", str(self.repo / "Snakefile"), "--directory", str(self.folder)]
        return [*base, "--configfile", *map(str, self.presets), str(self.folder / "test.yaml"), *arguments]

    def run(self, *arguments, check=True):
        """Run Snakemake to its end."""
        done = subprocess.run(self.command("--cores", "2", *arguments), capture_output=True, text=True, cwd=self.folder)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def planned(self, *arguments):
        """Number of jobs that would run, by rule."""
        lines = self.run("-n", *arguments).stdout.splitlines()
        starts = [number for number, line in enumerate(lines) if line.startswith("job ") and "count" in line]
        rows = [line.split() for line in lines[starts[-1] + 2 :]] if starts else []
        counts = {}
        for row in rows:
            if len(row) != 2 or row[0] == "total":
                break
            counts[row[0]] = int(row[1])
        counts.pop("all", None)
        return counts

    def executed(self, *arguments):
        """Number of jobs that a run to its end made, by rule."""
        output = self.run(*arguments)
        started = re.findall(r"^(?:local)?(?:rule|checkpoint) (\w+):$", output.stdout + output.stderr, re.MULTILINE)
        return {rule: started.count(rule) for rule in started if rule != "all"}

    def tables(self):
        """Bytes of every table, by name; but for the times that the jobs took."""
        results = self.folder / "results" / "test"
        files = [path for path in sorted((results / "tables").iterdir()) if path.name != "cost.csv"]
        files.append(results / "metrics.parquet")
        return {file.name: file.read_bytes() for file in files}
