"""docs/notebook.ipynb shows what its cells give."""

import re
import subprocess

import nbformat
import notebook
import numpy as np
import pytest
import warm
import yaml
from projects import ROOT

METHODS = ("gradcam", "layercam", "fakecam")  # of the demo, which the notebook shows


@pytest.fixture
def stored():
    found = nbformat.read(notebook.NOTEBOOK, as_version=4)
    nbformat.validate(found)
    return [cell for cell in found.cells if cell.cell_type == "code"]


@pytest.fixture
def demo_of_three(tmp_path):
    """A folder with `results/demo`, of the methods that the notebook shows."""
    config = yaml.safe_load((ROOT / "config" / "config.yaml").read_text())
    config |= {"methods": {name: config["methods"][name] for name in METHODS}, "curves": {"enabled": False}}
    (tmp_path / "demo.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    places = ["-s", str(ROOT / "Snakefile"), "--directory", str(tmp_path), "--configfile", str(tmp_path / "demo.yaml")]
    subprocess.run([warm.python(), "-m", "snakemake", *places, "--cores", "2"], cwd=tmp_path, check=True)
    return tmp_path


def numbers(cell):
    """Those in the text of a cell's outputs."""
    texts = [output.get("text") or output["data"]["text/plain"] for output in cell.outputs]
    return [float(word) for text in texts for word in re.findall(r"(?<![\w.-])\d+\.\d+", text)]


def test_the_notebook_was_executed(stored):
    assert [cell.execution_count for cell in stored] == list(range(1, len(stored) + 1))
    assert sum(len(numbers(cell)) for cell in stored) > 40
    assert any("image/png" in output.get("data", {}) for cell in stored for output in cell.outputs)


@pytest.mark.long
def test_its_numbers_are_what_the_cells_give(stored, demo_of_three, monkeypatch):
    monkeypatch.chdir(demo_of_three)
    again = notebook.executed(nbformat.read(notebook.NOTEBOOK, as_version=4))
    found = [cell for cell in again.cells if cell.cell_type == "code"]
    for old, new in zip(stored, found, strict=True):
        # other processors round in other ways, see test_golden.py
        np.testing.assert_allclose(numbers(new), numbers(old), rtol=0, atol=2e-3, err_msg=old.source)
        assert [output.output_type for output in new.outputs] == [output.output_type for output in old.outputs]
