"""The workflow inside another one, and on a storage that is not the working folder."""

import shutil

import polars as pl
import pytest
from projects import make_small

MODULE = """
configfile: "test.yaml"


module bench:
    snakefile:
        "{snakefile}"
    config:
        config
    prefix:
        "inner"


use rule * from bench as bench_*


rule whole:
    default_target: True
    input:
        rules.bench_all.input,
"""


@pytest.fixture
def project(tmp_path):
    made = make_small(tmp_path)
    yield made
    made.close()


def same_numbers(found, expected):
    for name in ("metrics.parquet", "tables/summary.parquet"):
        assert pl.read_parquet(found / name).equals(pl.read_parquet(expected / name)), name


def test_a_module_with_a_prefix(project, small_finished):
    project.snakefile = project.folder / "Snakefile"
    project.snakefile.write_text(MODULE.format(snakefile=project.repo / "workflow" / "Snakefile"))
    project.run()
    assert project.planned() == {}
    inner = project.folder / "inner" / "results" / "test"
    assert not (project.folder / "results").exists()
    same_numbers(inner, small_finished.results)
    (inner / "tables/paper.tex").unlink()
    assert project.planned() == {"bench_tables": 1, "bench_report": 1, "bench_provenance": 1, "whole": 1}


@pytest.mark.long
@pytest.mark.skipif(shutil.which("rsync") is None, reason="the storage plugin calls rsync")
def test_a_storage(project, small_finished):
    """Everything that a job reads is fetched from the storage, and everything that it writes is put there."""
    store = project.folder / "store"
    project.run("--default-storage-provider", "fs", "--default-storage-prefix", str(store), "--shared-fs-usage", "none")
    kept = next(store.rglob("metrics.parquet")).parent
    same_numbers(kept, small_finished.results)
    names = {path.relative_to(small_finished.results) for path in small_finished.results.rglob("*") if path.is_file()}
    written = {name for name in names if name.parts[0] not in ("logs", "benchmarks")}
    assert {name for name in written if not (kept / name).exists()} == set()
