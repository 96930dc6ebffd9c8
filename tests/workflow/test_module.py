"""The workflow inside another one, and on a storage that is not the working folder."""

import shutil

import polars as pl
import pytest

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


def same_numbers(found, expected):
    for name in ("metrics.parquet", "tables/summary.parquet"):
        assert pl.read_parquet(found / name).equals(pl.read_parquet(expected / name)), name


def test_a_module_with_a_prefix(small_project, small_finished):
    small_project.snakefile = small_project.folder / "Snakefile"
    small_project.snakefile.write_text(MODULE.format(snakefile=small_project.repo / "workflow" / "Snakefile"))
    small_project.run()
    assert small_project.planned() == {}
    inner = small_project.folder / "inner" / "results" / "test"
    assert not (small_project.folder / "results").exists()
    same_numbers(inner, small_finished.results)
    assert "inner/results/test: no defect" in small_project.run("bench_verify").stdout.splitlines()
    (inner / "tables/paper.tex").unlink()
    assert small_project.planned() == {"bench_tables": 1, "bench_provenance": 1, "whole": 1}


def test_two_modules_of_one_configuration(small_project):
    """Neither finds in it what the other has filled in."""
    small_project.config["networks"]["tiny"]["layers"] = ["norm"]
    module = MODULE.format(snakefile=small_project.repo / "workflow" / "Snakefile").partition("rule whole")[0]
    second = module.partition("module bench")[2].replace("inner", "other").replace("bench", "twin")
    small_project.snakefile = small_project.folder / "Snakefile"
    small_project.snakefile.write_text(f"{module}module twin{second}")
    planned = small_project.planned("bench_all", "twin_all")
    assert planned["bench_networks"] == planned["twin_networks"] == 1


@pytest.mark.long
@pytest.mark.skipif(shutil.which("rsync") is None, reason="the storage plugin calls rsync")
def test_a_storage(small_project, small_finished):
    """Everything that a job reads is fetched from the storage, and everything that it writes is put there."""
    store = small_project.folder / "store"
    provider = ["--default-storage-provider", "fs", "--default-storage-prefix", str(store)]
    small_project.run(*provider, "--shared-fs-usage", "none")
    kept = next(store.rglob("metrics.parquet")).parent
    same_numbers(kept, small_finished.results)
    names = {path.relative_to(small_finished.results) for path in small_finished.results.rglob("*") if path.is_file()}
    written = {name for name in names if name.parts[0] not in ("logs", "benchmarks")}
    assert {name for name in written if not (kept / name).exists()} == set()
    (kept / "tables/paper.tex").unlink()
    small_project.run(*provider, "--shared-fs-usage", "none")
    assert (kept / "tables/paper.tex").read_bytes() == (small_finished.results / "tables/paper.tex").read_bytes()
