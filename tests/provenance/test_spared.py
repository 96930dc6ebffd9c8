"""`verify` takes chunks that were spared for what they are, and other shapes for damage."""

import json

import numpy as np
import pytest
import zarr

from cambench.provenance import stores
from cambench.provenance.evidence import Evidence
from cambench.store import layout
from cambench.store.layout import Shapes
from cambench.store.network import Network
from cambench.store.stages import STAGES
from cambench.store.writer import finish, writing

FACTS = {"network": "tiny", "channels": 4, "map": [3, 5], "input": [30, 50]}
SPEC = {
    "stage": "predictions",
    "names": ["tiny"],
    "rows_per_chunk": 2,
    "resolution": "layer",
    "points": None,
    "pixels": [30, 50],
    "lengths": {},
    "has_masked_maps": True,
    "attributes": {},
    "settings": "0123456789abcdef",
}


@pytest.fixture
def found(tmp_path):
    """Writes a store of three images with so many channels of activations; `check()` gives its defects."""
    root = str(tmp_path / layout.store("predictions", "tiny"))

    def write(channels):
        for shard, images in enumerate((2, 1)):
            block = {name: np.zeros(images) for name in STAGES["predictions"].writes}
            block["activations"] = np.ones((images, channels, 3, 5), np.float32)
            with writing(layout.chunks(root, "predictions", shard), "predictions", 2, SPEC["settings"]) as put:
                put(block)
        finish(root, SPEC, 3, Shapes.of(FACTS), {}, {})
        return root

    return write


def defects(tmp_path):
    (tmp_path / "networks").mkdir(exist_ok=True)
    facts = dict.fromkeys(Network.__required_keys__) | FACTS
    (tmp_path / "networks/tiny.json").write_text(json.dumps(facts))
    tasks = stores.checks(SPEC, tmp_path, 3, None, Evidence(), lambda facts, method: {"predictions": 2})
    return [defect.what for task in tasks for defect in task()]


@pytest.mark.parametrize("channels", [4, 0])
def test_a_whole_store_has_no_defect(tmp_path, found, channels):
    found(channels)
    assert defects(tmp_path) == []


@pytest.mark.parametrize("channels", [4, 0])
def test_another_shape_is_a_defect(tmp_path, found, channels):
    root = found(channels)
    file = tmp_path / layout.store("predictions", "tiny") / "activations/zarr.json"
    metadata = json.loads(file.read_text())
    metadata["shape"][1] = 3
    file.write_text(json.dumps(metadata))
    group = json.loads((tmp_path / "predictions/tiny.zarr/zarr.json").read_text())
    group["consolidated_metadata"]["metadata"]["activations"]["shape"][1] = 3
    (tmp_path / "predictions/tiny.zarr/zarr.json").write_text(json.dumps(group))
    assert zarr.open_group(root, mode="r")["activations"].shape == (3, 3, 3, 5)
    assert defects(tmp_path) == ["activations has shape (3, 3, 3, 5), not (3, 4, 3, 5)"]


def test_a_spared_chunk_that_was_cut_off(tmp_path, found):
    root = found(0)
    with open(layout.chunk(root, "predictions", "activations", 1), "r+b") as file:
        file.truncate(20)
    assert defects(tmp_path) == ["damaged chunk: it is cut off, or another chunk's"]
