"""`snakemake verify`: every sort of damage is told in one line, and the command in the line mends it."""

import json
import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from rocrate.rocrate import ROCrate

from cambench.store import chunkfile, layout
from cambench.store.layout import ArraySpec


@pytest.fixture
def damaged(copy):
    """A finished run that a test may damage."""
    return copy


def verify(project):
    """Lines that it prints, and its exit status."""
    asked = subprocess.run(
        project.command("--cores", "2", "verify"), capture_output=True, text=True, cwd=project.folder
    )
    assert "Traceback" not in asked.stderr, asked.stderr
    return asked.stdout.splitlines(), asked.returncode


def mend(project, lines):
    """Do what the lines say: the first half of each command, then the run, once."""
    commands = [line.partition("; mend: ")[2].partition(" && ") for line in lines]
    places = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    todo = list(dict.fromkeys(part for first, _, rest in commands for part in (first, rest) if part))
    for command in sorted(todo, key=lambda command: command.startswith("snakemake")):
        subprocess.run(shlex.split(command), check=True, cwd=project.folder, env=places, capture_output=True)


def path(stage, name, shard, method="gradcam"):
    names = {"images": ["resize32-crop32-bilinear"], "predictions": ["tiny"]}.get(stage, ["tiny", method])
    return layout.chunk(f"results/test/{layout.store(stage, *names)}", stage, name, shard)


def rewrite(project, stage, name, shard, change, tail=(), method="gradcam"):
    """Put other values in a chunk, which stays a whole one."""
    where = path(stage, name, shard, method)
    file = Path(project.folder, where)
    array = ArraySpec(stage, name, 4, tail)
    values = change(chunkfile.read(str(file), array, (0, 4)).copy())
    with file.open("wb") as opened:
        writer = chunkfile.Writer(opened, where, array)
        writer.append(values)
        writer.close()


def nan(values):
    values[1] = np.nan
    return values


def test_a_clean_run(damaged):
    lines, status = verify(damaged)
    assert lines == ["results/test: no defect"]
    assert status == 0


def test_every_damage_is_told_and_mended(damaged):
    before, results = damaged.tables(), Path(damaged.folder, "results/test")

    def at(*names):
        return Path(damaged.folder, path(*names))

    expected = {}
    cut = at("saliency", "raw", 0)
    cut.write_bytes(cut.read_bytes()[:-30])
    expected[path("saliency", "raw", 0)] = "damaged chunk: it is cut off, or another chunk's"
    first, second = at("masked", "raw", 0), at("masked", "raw", 1)
    swapped = first.read_bytes(), second.read_bytes()
    first.write_bytes(swapped[1])
    second.write_bytes(swapped[0])
    for shard in (0, 1):
        expected[path("masked", "raw", shard)] = "damaged chunk: it is cut off, or another chunk's"
    flipped = at("curves", "deletion", 0)
    data = bytearray(flipped.read_bytes())
    data[20] ^= 255
    flipped.write_bytes(data)
    expected[path("curves", "deletion", 0)] = "damaged chunk: its checksum is wrong"
    zeroed = at("curves", "insertion", 1)
    zeroed.write_bytes(bytes(len(zeroed.read_bytes())))
    expected[path("curves", "insertion", 1)] = "damaged chunk: it is cut off, or another chunk's"
    at("predictions", "target", 2).unlink()
    expected[path("predictions", "target", 2)] = "chunk is missing"
    rewrite(damaged, "masked", "probability", 0, lambda values: values / 2, method="scorecam")
    expected[path("masked", "probability", 0, "scorecam")] = "not the chunk that was recorded"
    rewrite(damaged, "images", "label", 0, lambda values: values + 1)
    expected[path("images", "label", 0)] = "labels are not the manifest's"
    rewrite(damaged, "images", "seed", 0, lambda values: values + 1)
    expected[path("images", "seed", 0)] = "made from other images than the manifest's"
    rewrite(damaged, "curves", "insertion", 0, nan, (5,), "scorecam")
    text = "values that are not finite and were not counted: images 1"
    expected[path("curves", "insertion", 0, "scorecam")] = text
    (results / "tables/summary.csv").write_text("nothing")
    expected["results/test/tables/summary.csv"] = "not what the run wrote"
    (results / "tables/paper.tex").unlink()
    expected["results/test/tables/paper.tex"] = "is missing"
    (results / "curves/tiny/scorecam.zarr/zarr.json").write_text("{")
    expected["results/test/curves/tiny/scorecam.zarr/zarr.json"] = "damaged"
    short = results / "metrics/tiny/scorecam.parquet"
    pl.read_parquet(short)[:-1].write_parquet(short)
    expected["results/test/metrics/tiny/scorecam.parquet"] = "has rows of 8 images, the manifest 9"
    for name in (".0.77.tmp", "0.damaged"):
        (cut.parent / name).write_text("half")
        expected[f"{Path(path('saliency', 'raw', 0)).parent}/{name}"] = "left behind by a job that failed"
    ahead = time.time() + 3600
    os.utime(results / "tables/ranks.csv", (ahead, ahead))
    expected["results/test/tables/ranks.csv"] = "dated in the future, so nothing can be made from it"

    lines, status = verify(damaged)
    assert status == 1
    said = {(line.partition(": ")[0], line.partition(": ")[2].partition("; mend: ")[0]) for line in lines}
    assert set(expected.items()) <= said
    unexpected = {name for name, what in said - set(expected.items())}
    assert unexpected <= set(expected)  # the same file, for a second reason
    mend(damaged, lines)
    assert verify(damaged) == (["results/test: no defect"], 0)
    assert damaged.tables() == before
    assert damaged.planned() == {}


def test_an_image_changed_or_deleted(damaged):
    photo, other = (Path(damaged.folder, "photos", name) for name in ("003_3.png", "004_0.png"))
    saved, status = photo.read_bytes(), photo.stat()
    photo.write_bytes(other.read_bytes())
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.unlink()
    lines, status = verify(damaged)
    assert [line.partition("; mend")[0] for line in lines] == [
        f"{photo.relative_to(damaged.folder)}: changed since the manifest was made",
        f"{other.relative_to(damaged.folder)}: is in the manifest, but: No such file or directory",
    ]
    assert status == 1
    other.write_bytes(photo.read_bytes())
    photo.write_bytes(saved)
    assert verify(damaged) == (["results/test: no defect"], 0)


def test_other_settings_than_the_runs(damaged):
    damaged.config["masking"] = {"space": "pixels"}
    lines, status = verify(damaged)
    said = [line.partition("; mend")[0] for line in lines]
    roots = [f"results/test/masked/tiny/{method}.zarr/zarr.json" for method in ("gradcam", "scorecam")]
    assert said == [f"{root}: made with other settings (masking) than the configuration's" for root in roots]
    assert status == 1


@pytest.mark.parametrize("name", ["manifest.parquet", "provenance.json"])
def test_damaged_records(damaged, name):
    file = Path(damaged.folder, "results/test", name)
    before = damaged.tables()
    file.write_bytes(file.read_bytes()[:-50])
    lines, status = verify(damaged)
    assert [line.partition("; mend")[0].partition(",")[0] for line in lines] == [f"results/test/{name}: damaged"]
    assert status == 1
    if name == "manifest.parquet":
        refused = damaged.run(check=False)
        assert refused.returncode == 1
        line = f"results/test/{name}: damaged; mend: rm results/test/{name}, then run again"
        assert [text for text in (refused.stdout + refused.stderr).splitlines() if "mend" in text] == [line]
    mend(damaged, lines)
    assert verify(damaged) == (["results/test: no defect"], 0)
    assert damaged.tables() == before


def test_nothing_has_been_run(project):
    lines, status = verify(project)
    assert [line.partition("; mend")[0] for line in lines] == [
        "results/test/manifest.parquet: is missing: nothing has been run"
    ]
    assert status == 1


def test_provenance(finished):
    results = Path(finished.folder, "results/test")
    recorded = json.loads((results / "provenance.json").read_text())
    assert recorded["config"]["run"] == "test"
    assert recorded["command"].startswith("snakemake ")
    assert recorded["platform"]["system"]
    assert {"torch", "zarr", "cambench"} <= set(recorded["versions"])
    assert recorded["manifest"] == {**recorded["manifest"], "images": 9, "rejected": 0}
    assert recorded["networks"]["tiny"]["device"].startswith("cpu")
    assert {"saliency", "metrics", "methods.gradcam"} <= set(recorded["code"])
    written = {
        file.relative_to(results).as_posix() for name in ("tables", "figures") for file in (results / name).iterdir()
    }
    assert written <= set(recorded["files"])


def test_the_run_is_a_research_object(finished):
    results = Path(finished.folder, "results/test")
    crate = ROCrate(results)
    assert crate.name == "cambench: test"
    files = {entity.id for entity in crate.data_entities}
    assert {"tables/summary.csv", "saliency/tiny/gradcam.zarr/", "provenance.json"} <= files
    assert all((results / name).exists() for name in files)
    digest = json.loads((results / "provenance.json").read_text())["files"]["tables/summary.csv"]
    assert crate.get("tables/summary.csv")["sha256"] == digest
    assert crate.get("#run")["instrument"].id == "#cambench"
