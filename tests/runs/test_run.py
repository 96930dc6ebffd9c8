"""A finished run read from its folder: what it says, that it may have moved, and what is refused."""

import json
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import polars as pl
import pytest
import xarray as xr

import cambench
from cambench.errors import InputError
from cambench.masks import Masking
from cambench.runs.record import Record
from cambench.runs.run import Run


@pytest.fixture
def moved(finished, tmp_path):
    """A copy of the run in another folder, to be changed."""
    return Path(shutil.copytree(finished.results, tmp_path / "elsewhere"))


def test_what_a_run_says_of_itself(run, finished):
    assert run.name == "test"
    assert run.images == 9
    assert run.pairs == [("tiny", "gradcam"), ("tiny", "scorecam")]
    assert run.titles == ({"tiny": "tiny"}, {"gradcam": "gradcam", "scorecam": "scorecam"})
    assert run.networks["tiny"]["map"] == [8, 8]
    assert run.config["curves"]["pixels_per_step"] == 256
    assert run.masking("gradcam") == Masking()
    assert run.points("tiny").shares == (0, 0.25, 0.5, 0.75, 1)
    assert run.names("tiny") is None
    assert run.manifest["path"].to_list()[:2] == ["000_0.png", "001_1.png"]


def test_tables(run, finished):
    assert run.metrics.equals(pl.read_parquet(finished.results / "metrics.parquet"))
    assert run.scan().filter(image=3).collect().height == 2
    assert run.table("summary").equals(pl.read_parquet(finished.results / "tables" / "summary.parquet"))
    assert run.table("pairwise").columns[:2] == ["network", "metric"]


@pytest.mark.parametrize("variable", ["raw", "condition", "passes"])
def test_rows_are_those_that_xarray_reads(run, finished, variable):
    stored = xr.open_zarr(finished.results / "saliency/tiny/scorecam.zarr", chunks=None)[variable].values
    rows = run.reader("tiny", "scorecam")(f"saliency.{variable}")
    assert (rows.shape, len(rows)) == (stored.shape, 9)
    for wanted in (slice(None), slice(3, 4), slice(2, 7), slice(-2, None), slice(5, 5)):
        np.testing.assert_array_equal(rows[wanted], stored[wanted])


def test_rows_of_images_and_predictions(run):
    assert run.reader("tiny")("images.pixels")[3:5].shape == (2, 32, 32, 3)
    assert run.reader("tiny", "gradcam")("predictions.probability")[:].tolist() == (
        run.metrics.filter(method="gradcam")["probability"].to_list()
    )


def test_what_is_read_may_be_changed(run):
    rows = run.reader("tiny", "gradcam")("saliency.raw")
    first = rows[0:1]
    first[:] = 7
    assert (rows[0:1] != 7).any()


def test_threads_may_read_at_once(finished):
    run = cambench.open_run(finished.results)
    whole = {method: run.reader("tiny", method)("saliency.raw")[:] for method in run.methods}

    def read(number):
        method, row = run.methods[number % 2], number % 9
        return method, row, run.reader("tiny", method)("saliency.raw")[row : row + 1]

    with ThreadPoolExecutor(8) as pool:
        for method, row, found in pool.map(read, range(100)):
            np.testing.assert_array_equal(found, whole[method][row : row + 1])


def test_a_run_may_have_moved(moved, run):
    found = cambench.open_run(str(moved))
    assert found.metrics.equals(run.metrics)
    theirs, ours = (of.reader("tiny", "gradcam")("masked.raw")[:] for of in (found, run))
    np.testing.assert_array_equal(theirs, ours)


def test_titles_of_several_target_layers():
    config = {
        "networks": {"net": {"title": "Net", "layers": ["a", "b"]}, "other": {}},
        "methods": {"m": {"title": "M"}},
    }
    found = Run(Record(Path("x"), {"config": config})).titles
    assert found.networks == {"net-a": "Net, a", "net-b": "Net, b", "other": "other"}
    assert found.methods == {"m": "M"}


def test_reading_needs_neither_torch_nor_snakemake(finished):
    code = (
        "import sys; sys.modules['torch'] = sys.modules['snakemake'] = None; import cambench\n"
        f"run = cambench.open_run({str(finished.results)!r}); run.metrics; run.table('ranks'); run.show(0)\n"
        "run.maps().mask[0, 0].values; print(run.masked('tiny', 'gradcam', slice(0, 1)).shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "(1, 3, 32, 32)\n"


def test_a_folder_without_a_finished_run_is_refused(moved, tmp_path):
    with pytest.raises(InputError, match="nowhere: no such folder"):
        cambench.open_run(tmp_path / "nowhere")
    (moved / "provenance.json").unlink()
    with pytest.raises(InputError, match=r"no finished run, for it has no provenance\.json"):
        cambench.open_run(moved)


def test_a_damaged_record_is_refused(moved):
    record = json.loads((moved / "provenance.json").read_text())
    record["run"] = "another"
    (moved / "provenance.json").write_text(json.dumps(record))
    with pytest.raises(InputError, match=r"provenance\.json: damaged; mend: rm"):
        cambench.open_run(moved)


def test_files_that_are_not_what_was_recorded_are_refused(moved):
    run = cambench.open_run(moved)
    (moved / "tables" / "ranks.csv").write_text("network,metric\n")
    with pytest.raises(InputError, match=r"ranks\.csv: not what the run recorded"):
        run.table("ranks")
    (moved / "metrics.parquet").unlink()
    with pytest.raises(InputError, match=r"metrics\.parquet: No such file or directory"):
        run.scan()
    (moved / "saliency/tiny/gradcam.zarr/zarr.json").write_text("{}")
    with pytest.raises(InputError, match=r"gradcam\.zarr/zarr\.json: not what the run recorded"):
        run.reader("tiny", "gradcam")("saliency.raw")


def test_chunks_that_are_lost_or_damaged_are_refused_and_left_alone(moved):
    rows = cambench.open_run(moved).reader("tiny", "gradcam")("saliency.raw")
    chunk = moved / "saliency/tiny/gradcam.zarr/raw/c/1/0/0"
    data = bytearray(chunk.read_bytes())
    data[20] ^= 255
    chunk.write_bytes(data)
    with pytest.raises(InputError, match="damaged chunk"):
        rows[4:5]
    assert chunk.read_bytes() == data
    assert rows[0:4].shape == (4, 8, 8)
    chunk.unlink()
    with pytest.raises(InputError, match="chunk is missing"):
        rows[4:5]


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda run: run.table("sumary"), "no table 'sumary'; did you mean 'summary'"),
        (lambda run: run.reader("tiny", "gradcm"), "no method 'gradcm'; did you mean 'gradcam'"),
        (lambda run: run.reader("tny"), "has networks tiny; name one of them, not 'tny'"),
        (lambda run: run.reader("tiny")("saliency.raw"), "saliency.raw is of a method"),
        (lambda run: run.reader("tiny")("images.pixel"), "no variable 'images.pixel'; did you mean 'images.pixels'"),
    ],
)
def test_what_a_run_has_not_is_refused(run, ask, said):
    with pytest.raises(InputError, match=said.replace(".", r"\.")):
        ask(run)
