"""What a run was made with and what it made, as JSON and as a research object."""

import hashlib
import json

import polars as pl
import pytest

from cambench import __version__
from cambench.provenance.record import crate, record, sha256

FILES = ("manifest.parquet", "rejected.parquet", "tables/summary.csv", "saliency/net/a.zarr/zarr.json")


@pytest.fixture
def results(tmp_path):
    """Three images, one rejected file, a table and a store."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    pl.DataFrame({"image": [0, 1, 2]}).write_parquet(tmp_path / "manifest.parquet")
    pl.DataFrame({"path": ["a.txt"]}).write_parquet(tmp_path / "rejected.parquet")
    return tmp_path


@pytest.fixture
def recorded(results, monkeypatch):
    monkeypatch.setenv("CAMBENCH_COMMAND", "snakemake --cores 2")
    files = [str(results / name) for name in reversed(FILES)]
    made = record(results, files, [{"network": "net", "classes": 5}], {"run": "test"}, {"saliency": "0" * 16})
    (results / "provenance.json").write_text(json.dumps(made))
    return made


def test_record(results, recorded):
    assert recorded["run"] == "test"
    assert recorded["command"] == "snakemake --cores 2"
    assert recorded["files"] == {name: sha256(results / name) for name in sorted(FILES)}
    assert recorded["manifest"] == {"sha256": sha256(results / FILES[0]), "images": 3, "rejected": 1}
    assert recorded["networks"] == {"net": {"network": "net", "classes": 5}}
    assert recorded["versions"]["torch"]
    assert recorded["code"] == {"saliency": "0" * 16}


def test_digest_of_a_file(results):
    assert sha256(results / "tables/summary.csv") == hashlib.sha256(b"tables/summary.csv").hexdigest()


def test_crate_names_files_and_stores_and_the_action_that_made_them(results, recorded):
    entities = {entity.id: entity for entity in crate(results, recorded).get_entities()}
    names = {"manifest.parquet", "rejected.parquet", "tables/summary.csv", "provenance.json", "saliency/net/a.zarr/"}
    assert names <= set(entities)
    assert "saliency/net/a.zarr/zarr.json" not in entities
    assert entities["manifest.parquet"]["sha256"] == recorded["files"]["manifest.parquet"]
    assert entities["tables/summary.csv"]["encodingFormat"] == "text/csv"
    assert entities["saliency/net/a.zarr/"]["encodingFormat"] == "application/vnd+zarr"
    action = entities["#run"]
    assert action["name"] == "snakemake --cores 2"
    assert {part.id for part in action["result"]} == names
    assert entities["#cambench"]["softwareVersion"] == recorded["versions"].get("cambench", __version__)
