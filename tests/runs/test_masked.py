"""Masked inputs of a run: those that stage `masked` forwards, and written to files."""

import os

import numpy as np
import pytest
import torch
import zarr
from conftest import COMPUTE

from cambench.errors import InputError
from cambench.masks import Masking, masks_on
from cambench.networks.masking import mask_images
from cambench.networks.open import open_probe
from cambench.runs import masked


@pytest.fixture(scope="module")
def probe(finished, run):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(finished.folder)
        return open_probe("tiny", run.config["networks"]["tiny"], COMPUTE)


@pytest.mark.parametrize("space", ["normalised", "pixels"])
def test_inputs_are_those_of_the_stage(run, probe, space, monkeypatch):
    masking = Masking(space=space)
    monkeypatch.setattr(type(run), "masking", lambda self, method: masking)
    found = masked.inputs(run, "tiny", "scorecam", slice(2, 7))
    assert (found.dtype, found.shape) == (np.float32, (5, 3, 32, 32))
    raw, pixels = run.reader("tiny", "scorecam")("saliency.raw")[2:7], run.reader("tiny")("images.pixels")[2:7]
    expected = mask_images(probe, pixels, masks_on(probe.device, raw, (32, 32), masking), space)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_the_network_gives_the_recorded_probability(run, probe, tmp_path):
    """Also of what was exported, with the images' paths beside it."""
    seen = []
    out, listed = masked.export(run, tmp_path / "inputs.npy", method="gradcam", advance=seen.append)
    rows = run.metrics.filter(method="gradcam")
    logits = probe.cut(torch.from_numpy(np.load(out)))[0]
    p = logits.double().softmax(1)[np.arange(9), rows["target"].to_list()]
    np.testing.assert_allclose(p, rows["masked_probability"], atol=1e-6)
    assert listed.read_text().splitlines() == run.manifest["path"].to_list()
    assert sum(seen) == 9


def test_all_pairs_go_into_a_group(run, tmp_path, monkeypatch):
    monkeypatch.setattr(masked, "_BLOCK", 4)
    out, _ = masked.export(run, tmp_path / "inputs.zarr")
    group = zarr.open_group(out, mode="r")
    for method in run.methods:
        expected = run.masked("tiny", method, slice(None))
        np.testing.assert_array_equal(group[f"tiny/{method}"][:], expected)


def test_what_cannot_be_exported_is_refused_and_leaves_nothing(run, tmp_path, monkeypatch):
    (tmp_path / "there.npy").touch()
    for name, said in {
        "there.npy": "is there already",
        "inputs.npy": "holds one network and method",
        "inputs.npz": "must end in .npy or .zarr",
    }.items():
        with pytest.raises(InputError, match=said):
            masked.export(run, tmp_path / name)
    with pytest.raises(InputError, match="no method 'gradcm'; did you mean 'gradcam'"):
        masked.export(run, tmp_path / "inputs.zarr", method="gradcm")
    with pytest.raises(InputError, match=r"give a slice of them, such as slice\(0, 8\), not 3"):
        run.masked("tiny", "gradcam", 3)
    monkeypatch.setattr(masked, "inputs", lambda *_: (_ for _ in ()).throw(InputError("a chunk is damaged")))
    for name in ("inputs.npy", "inputs.zarr"):
        with pytest.raises(InputError, match="a chunk is damaged"):
            masked.export(run, tmp_path / name, method="gradcam")
    assert os.listdir(tmp_path) == ["there.npy"]
