"""An installed wheel runs the workflow: in an empty folder, without a checkout."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import warm
import yaml
from projects import PARTS, ROOT, make_small

SOURCES = ("setup.py", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE", "CHANGELOG.md", "CITATION.cff")


@pytest.mark.long
def test_a_wheel_runs_the_workflow(small_finished, tmp_path, monkeypatch):
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    source = tmp_path / "source"
    source.mkdir()
    for part in (*PARTS, *SOURCES):  # no folder `build` of an earlier build
        if (ROOT / part).is_dir():
            made = shutil.ignore_patterns("__pycache__", "*.egg-info", "node_modules")
            shutil.copytree(ROOT / part, source / part, ignore=made)
        else:
            shutil.copy(ROOT / part, source / part)
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", str(tmp_path / "dist"), str(source)], check=True)
    wheel = next((tmp_path / "dist").glob("*.whl"))
    installed = tmp_path / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", str(installed), str(wheel)], check=True)
    monkeypatch.setenv("PYTHONPATH", str(installed))
    project = make_small(tmp_path / "empty")
    for path in sorted(project.repo.rglob("*"), reverse=True):  # nothing of the checkout is left
        path.rmdir() if path.is_dir() else path.unlink()
    asked = subprocess.run([sys.executable, "-m", "cambench"], capture_output=True, text=True, cwd=project.folder)
    project.snakefile = Path(asked.stdout.strip())
    assert project.snakefile.is_relative_to(installed)
    run_as_a_newcomer(installed / "bin" / "cambench", project)
    for name in ("metrics.parquet", "tables/summary.parquet"):
        assert pl.read_parquet(project.results / name).equals(pl.read_parquet(small_finished.results / name))
    assert project.run("--dry-run", python=sys.executable).stdout.count("Nothing to be done") == 1
    preset = yaml.safe_load((installed / "cambench/_workflow/config/poppi2021.yaml").read_text())
    assert preset["tables"]["published"] == "reference/published.csv"
    for name in (preset["tables"]["published"], "reference/poppi2021.json"):
        assert os.access(installed / "cambench" / name, os.R_OK)


def run_as_a_newcomer(cambench, project):
    """What the README says first: `cambench init`, `check`, `run` and `show`, in a folder of photographs."""

    def said(*words, python=()):
        done = subprocess.run([*python, cambench, *words], cwd=project.folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert said("--version").startswith("cambench ")
    said("init", "--images", "photos", "--network", "tiny:Tiny", "--output", "mine.yaml")
    assert said("check", "mine.yaml").startswith("mine.yaml: right\n  images    6 in photos; ")
    project.arguments()
    assert "tiny: 6 images" in said("run", "test.yaml", python=[warm.python()])
    assert "gradcam" in said("show", "results/test", "--metric", "adcc")
