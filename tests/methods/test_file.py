"""Method `file` gives the maps of its batch's rows."""

import numpy as np
import polars
import torch
from conftest import COMPUTE, PREPROCESSING, settings

from cambench.images import manifest
from cambench.images.precomputed import digest
from cambench.methods._contract import bind
from cambench.networks.batch import Batch
from cambench.networks.batches import gathered
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages.saliency import explain
from cambench.store import tables


def test_method_gives_the_rows_of_its_batch(tmp_path):
    maps = np.random.default_rng(0).random((5, 3, 4)).astype(np.float32)
    np.save(tmp_path / "maps.npy", maps)
    np.save(tmp_path / "masked.npy", maps + 1)
    images = polars.DataFrame({name: [f"{number:064x}" for number in range(5)] for name in manifest.SCHEMA})
    tables.write(tmp_path / "manifest.parquet", images)
    bound = {"manifest": digest(images["sha256"].to_list()), "listed": str(tmp_path / "manifest.parquet")}
    options = {"path": str(tmp_path / "maps.npy"), **bound}
    probe = open_probe("tiny", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)
    order = np.zeros(3, np.int64)
    shard = Shard(np.zeros((3, 32, 32, 3), np.uint8), order, order, first=2)
    found = gathered(explain(probe, bind("file", options, 2), shard, (3, 4)))
    np.testing.assert_array_equal(found["raw"], maps[2:])
    masked = Batch.of(probe, shard, 0, 3, masked_images=torch.zeros(3, 3, 32, 32))
    assert torch.isnan(bind("file", options, 2)(masked)[0]).all()  # no maps of the masked images
    with_masked = bind("file", {**options, "masked": str(tmp_path / "masked.npy")}, 2)
    np.testing.assert_array_equal(with_masked(masked)[0], maps[2:] + 1)
