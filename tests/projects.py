"""Projects: folders in which tests run the workflow, on small images and a small network."""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import warm
import yaml
from PIL import Image
from scipy.io import savemat

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("workflow", "config", "envs", "profiles", "Snakefile")  # of the repository, what a run reads
PARSED = ROOT / ".snakemake" / "cambench" / "sources"
ALL = range(9)


class Project:
    """A run of the workflow in a folder of its own, on a copy of the workflow that a test may edit."""

    def __init__(self, folder):
        self.folder, self.repo = folder, folder / "repo"
        self.snakefile, self.presets = self.repo / "Snakefile", []
        self.config = {
            "run": "test",
            "dataset": {"kind": "folder", "path": "photos", "label": "pattern", "pattern": r"_(?P<label>\d)\.png$"},
            "networks": {"tiny": {"factory": "tiny:Tiny", "preprocessing": {"resize": 32, "crop": 32}}},
            "methods": {"gradcam": {"cam": "gradcam"}, "scorecam": {"cam": "scorecam"}},
            "curves": {"pixels_per_step": 256},
            "shards": {"images": 4},
            "tables": {"resamples": 50},
            "figures": {"gallery_images": 2},
        }

    @property
    def results(self):
        return self.folder / "results" / self.config["run"]

    def arguments(self, *arguments):
        """Arguments of Snakemake for this project."""
        (self.folder / "test.yaml").write_text(yaml.safe_dump(self.config, sort_keys=False))
        files = [*map(str, self.presets), str(self.folder / "test.yaml")]
        return ["-s", str(self.snakefile), "--directory", str(self.folder), "--configfile", *files, *arguments]

    def command(self, *arguments):
        return [sys.executable, "-m", "snakemake", *self.arguments(*arguments)]

    def run(self, *arguments, check=True, python=None):
        """Run Snakemake to its end, in a Python that starts at once if none is named."""
        command = [python or warm.python(), *self.command("--cores", "2", *arguments)[1:]]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def planned(self, *arguments):
        """Number of jobs that would run, by rule."""
        return counted(self.planning("--cores", "2", "-n", *arguments))

    def planned_without(self, file):
        """Number of jobs that would run if a file were lost, by rule; it is put back as it was."""
        data, date = file.read_bytes(), file.stat()
        file.unlink()
        planned = self.planned()
        file.write_bytes(data)
        os.utime(file, ns=(date.st_atime_ns, date.st_mtime_ns))
        return planned

    def planning(self, *arguments):
        """What Snakemake prints."""
        command = [warm.python(), "-m", "snakemake", *self.arguments(*arguments)]
        output = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run(command, cwd=self.folder, **output)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def executed(self, *arguments):
        """Number of jobs that a run to its end made, by rule."""
        output = self.run(*arguments)
        ended = re.findall(r"^Finished jobid: \d+ \(Rule: (\w+)\)$", output.stdout + output.stderr, re.MULTILINE)
        return {rule: ended.count(rule) for rule in ended if rule != "all"}

    def tables(self):
        """Bytes of every table, by name; but for the times that the jobs took."""
        files = [path for path in sorted((self.results / "tables").iterdir()) if path.name != "cost.csv"]
        files.append(self.results / "metrics.parquet")
        return {file.name: file.read_bytes() for file in files}

    def copy(self, folder):
        """A copy that a test may change."""
        shutil.copytree(self.folder, folder, symlinks=True)
        copied = Project(folder)
        copied.config = json.loads(json.dumps(self.config))
        return copied


def make_project(folder, images=ALL):
    """A project with small images and a small network."""
    if folder.exists() and (folder / "repo").exists():
        return Project(folder)
    folder.mkdir(exist_ok=True)
    for name in PARTS:
        source, target = ROOT / name, folder / "repo" / name
        if source.is_dir():
            # With compiled files, which are good there, too, but for those that are written at the moment; without the
            # sources of pages and npm's packages, 60 MB.
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("*.pyc.*", "web"))
        else:
            shutil.copy(source, target)
    if PARSED.exists():  # by a start of the workflow in this repository, of the same sources
        (folder / PARSED.parent.relative_to(ROOT)).mkdir(parents=True)
        shutil.copy(PARSED, folder / PARSED.relative_to(ROOT))
    make_images(folder / "photos", images)
    shutil.copy(ROOT / "tests" / "tiny.py", folder / "tiny.py")
    return Project(folder)


def make_small(folder):
    """The smallest project that has shards: one method, two shards, no curves."""
    project = make_project(folder, range(6))
    project.config |= {"methods": {"gradcam": {"cam": "gradcam"}}, "curves": {"enabled": False}}
    return project


def counted(said):
    """Jobs by rule, from the table that Snakemake prints."""
    lines = said.splitlines()
    starts = [number for number, line in enumerate(lines) if line.startswith("job ") and "count" in line]
    rows = [line.split() for line in lines[starts[-1] + 2 :]] if starts else []
    known = itertools.takewhile(lambda row: len(row) == 2 and row[0] != "total", rows)
    return {rule: int(count) for rule, count in known if rule != "all"}


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
