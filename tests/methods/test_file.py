"""Method `file` gives the maps of its batch's rows."""

import numpy as np
import polars
import torch
from conftest import COMPUTE, PREPROCESSING, settings

from cambench.methods._contract import bind
from cambench.networks.batch import Batch
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages.saliency import explain


def test_method_gives_the_rows_of_its_batch(tmp_path):
    maps = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32)
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "masked.npy", maps + 1)
    polars.DataFrame({"path": [f"{number}.png" for number in range(5)]}).write_parquet(tmp_path / "manifest.parquet")
    options = {"path": str(tmp_path / "maps.npy"), "manifest": str(tmp_path / "manifest.parquet")}
    probe = open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)
    order = np.zeros(3, np.int64)
    shard = Shard(np.zeros((3, 32, 32, 3), np.uint8), order, order, first=2)
    found = gathered(explain(probe, bind("file", options, 2), shard, (3, 4)))
    np.testing.assert_array_equal(found["raw"], maps[2:])
    masked = Batch.of(probe, shard, 0, 3, masked_images=torch.zeros(3, 3, 32, 32))
    assert torch.isnan(bind("file", options, 2)(masked)).all()  # no maps of the masked images
    with_masked = bind("file", {**options, "masked": str(tmp_path / "masked.npy")}, 2)
    np.testing.assert_array_equal(with_masked(masked), maps[2:] + 1)
