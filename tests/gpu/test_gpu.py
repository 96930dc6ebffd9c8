"""The script of `make gpu` works, and what it computes of its own is right. What a GPU does, it finds on a GPU."""

import importlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats

HERE = Path(__file__).parent


@pytest.fixture
def module(monkeypatch):
    """Imports a module of this folder."""
    monkeypatch.syspath_prepend(str(HERE))
    return importlib.import_module


@pytest.mark.long
def test_the_script_runs_on_a_cpu(tmp_path):
    parts = ("rates", "kernels", "halved", "together")
    command = [sys.executable, HERE / "run.py", "--tiny", "--out", tmp_path, "--copies", tmp_path.parent]
    subprocess.run([*command, "--only", *parts], check=True, capture_output=True, text=True, timeout=550)
    text = (tmp_path / "report.md").read_text()
    assert (tmp_path.parent / "tables.json").exists()
    assert text.count("| done |") == len(parts)
    for heading in ("Passes per second", "Kernels", "Batches too large", "Two jobs"):
        assert heading in text
    assert "cpu: " in text


def test_shifts_are_those_of_a_paired_t_interval(module):
    rng = np.random.default_rng(0)
    full = {name: rng.uniform(0.3, 0.7, 40) for name in ("coherency", "complexity", "average_drop", "adcc")}
    low = {name: values + rng.normal(0.01, 0.02, 40) for name, values in full.items()}
    found = module("effect").shifts(low, full)
    difference = (low["coherency"] - full["coherency"]).reshape(2, 20).mean(0)  # two crops of each photograph
    interval = stats.ttest_1samp(difference, 0).confidence_interval(0.95)
    shift, half = found["coherency"]
    assert (shift - half, shift + half) == pytest.approx((100 * interval.low, 100 * interval.high))


def test_the_shift_of_the_adcc_is_that_of_the_means(module):
    full = {"coherency": np.full(9, 0.8), "complexity": np.full(9, 0.4), "average_drop": np.full(9, 0.2)}
    low = {**full, "complexity": np.full(9, 0.5)}
    found = module("effect").shifts({**low, "adcc": np.zeros(9)}, {**full, "adcc": np.ones(9)})
    assert found["adcc"] == pytest.approx((100 * (3 / (2 / 0.8 + 1 / 0.5) - 3 / (2 / 0.8 + 1 / 0.6)), 0))


def test_hours_of_the_paper_are_passes_by_their_rates(module, tmp_path):
    """At 1,000 passes a second: both passes of each channel and once without, 34 others, 85 of the curves."""
    sheet, paper = module("sheet"), module("paper")
    rates = dict.fromkeys(("forward", "scorecam_compiled", "curves_compiled"), 1000)
    for name in paper.PAPER:
        sheet.Sheet(tmp_path, "rates").add(network=name, precision="tf32", arranged="as it is", **rates)
    paper.run(tmp_path, None)
    passes = 2 * 2 * 513 + 4 * 2 * 2049 + 6 * (2 * 17 + 85)
    (row,) = sheet.read(tmp_path, "paper")
    assert float(row["hours_5000"]) == pytest.approx(passes * 5 / 3600, rel=1e-3)
    assert row["precision"] == "tf32"


def test_rows_survive_and_keep_their_columns(module, tmp_path):
    sheet = module("sheet")
    sheet.Sheet(tmp_path, "found").add(name="a", value=0.12345678)
    sheet.Sheet(tmp_path, "found").add(name="b", value=123456.7)
    assert sheet.read(tmp_path, "found") == [{"name": "a", "value": "0.1235"}, {"name": "b", "value": "123457"}]
    assert sheet.markdown(sheet.read(tmp_path, "found")).splitlines()[2] == "| a | 0.1235 |"


def test_tf32_is_emulated_forwards_and_backwards(module):
    """A product of matrices whose operands need more than ten bits of mantissa, and its gradient."""
    emulated = module("emulated")
    a, b = (torch.tensor([[1 + 2.0**-11 + 2.0**-20]], requires_grad=True) for _ in range(2))
    with emulated.Tf32():
        product = a @ b
        product.sum().backward()
    assert product.item() == (1 + 2.0**-10) ** 2
    assert a.grad.item() == 1 + 2.0**-10
