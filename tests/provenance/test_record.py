"""What a run was made with and what it made, as JSON and as a research object."""

import hashlib
import json
import re

import polars as pl
import pytest

from cambench import __version__
from cambench.errors import InputError
from cambench.provenance.evidence import RECORD, Evidence, read, sealed
from cambench.provenance.record import crate, record
from cambench.store import tables, written
from cambench.store.written import sha256

FILES = ("manifest.parquet", "rejected.parquet", "tables/summary.csv", "saliency/net/a.zarr/zarr.json")


@pytest.fixture
def results(tmp_path):
    """Three images, one rejected file, a table and a store."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    tables.write(tmp_path / "manifest.parquet", pl.DataFrame({"image": [0, 1, 2]}))
    tables.write(tmp_path / "rejected.parquet", pl.DataFrame({"path": ["a.txt"]}))
    return tmp_path


def make(results, files):
    networks, evidence = [{"network": "net", "classes": 5}], Evidence.of(results)
    definitions = {"metrics": {"adcc": 2}, "methods": {"a": 1}}
    return record(results, files, networks, {"run": "test"}, {"saliency": "0" * 16}, definitions, evidence)


@pytest.fixture
def recorded(results, monkeypatch):
    monkeypatch.setenv("CAMBENCH_COMMAND", "snakemake --cores 2")
    files = [str(results / name) for name in reversed(FILES)]
    made = make(results, files)
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
    assert recorded["definitions"] == {"metrics": {"adcc": 2}, "methods": {"a": 1}}


def test_a_record_bears_a_digest_of_itself(results, recorded):
    whole = read(results / RECORD)
    assert whole == {key: value for key, value in recorded.items() if key != "sha256"}
    for old, new in (("snakemake", "snakemaki"), ("tables/summary.csv", "tables/summary.tsv"), ("{", "")):
        (results / RECORD).write_text(json.dumps(recorded).replace(old, new, 1))
        assert read(results / RECORD) is None
    (results / RECORD).write_text("[1]")
    assert read(results / RECORD) is None
    assert read(results / "none") is None


def log(results, *names):
    """The log of a job that wrote some files."""
    path = results / "logs" / names[0].replace("/", "-")
    path.parent.mkdir(exist_ok=True)
    path.with_suffix(".log").write_text("progress\r\n" + written.lines(results, [str(results / n) for n in names]))


def test_a_file_that_no_job_wrote_is_not_recorded(results, recorded):
    """Against the digest that its job left in its log, or else the one of the earlier record."""
    files = [str(results / name) for name in FILES]
    table = results / "tables/summary.csv"
    table.write_text("made up")
    line = f"{table}: not what its job wrote; mend: rm {table}, then run again"
    with pytest.raises(InputError, match=f"^{re.escape(line)}$"):
        make(results, files)
    (results / RECORD).unlink()
    make(results, files)  # neither a log nor a record is left to say better
    log(results, "tables/summary.csv")
    log(results, "manifest.parquet")
    make(results, files)
    table.write_text("made up again")
    tables.write(results / "manifest.parquet", pl.DataFrame({"image": [0, 1]}))
    line = "manifest.parquet, .*summary.csv: not what their jobs wrote; mend: rm .*manifest.parquet .*summary.csv, then"
    with pytest.raises(InputError, match=line):
        make(results, files)


def test_a_job_knows_better_than_the_earlier_record(results, recorded):
    (results / "tables/summary.csv").write_text("made anew")
    log(results, "tables/summary.csv")
    again = make(results, [str(results / name) for name in FILES])
    assert again["files"]["tables/summary.csv"] == hashlib.sha256(b"made anew").hexdigest()


def test_a_record_that_its_job_did_not_write_is_not_believed(results, recorded):
    log(results, RECORD)
    assert Evidence.of(results).record
    recorded["files"]["tables/summary.csv"] = "0" * 64
    (results / RECORD).write_text(json.dumps(sealed({key: recorded[key] for key in recorded if key != "sha256"})))
    assert read(results / RECORD)
    assert Evidence.of(results).record is None


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
