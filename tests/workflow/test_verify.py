"""`snakemake verify`: every sort of damage is told in one line, and the command in the line mends it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rocrate.rocrate import ROCrate
from running import mend, verify

from cambench.provenance import evidence
from cambench.store import chunkfile, layout, tables
from cambench.store.layout import ArraySpec


@pytest.fixture
def damaged(copy):
    """A finished run that a test may damage."""
    return copy


def names_of(stage, method="gradcam"):
    return {"images": ["resize32-crop32-bilinear"], "predictions": ["tiny"]}.get(stage, ["tiny", method])


def path(stage, name, shard, method="gradcam"):
    return layout.chunk(f"results/test/{layout.store(stage, *names_of(stage, method))}", stage, name, shard)


def rewrite(project, stage, name, shard, change, tail=(), method="gradcam"):
    """Put other values in a chunk, which stays a whole one."""
    where = path(stage, name, shard, method)
    file = Path(project.folder, where)
    root = json.loads(Path(project.results, layout.store(stage, *names_of(stage, method)), "zarr.json").read_text())
    array = ArraySpec(stage, name, 4, tail, root["attributes"][layout.SETTINGS])
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


def test_every_damage_is_told_and_mended(damaged, tmp_path):
    """The commands mend this run, from wherever they are called: another one lies there."""
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "results/test/tables").mkdir(parents=True)
    (elsewhere / "results/test/tables/summary.csv").write_text("another project's")
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
    tables.write(short, tables.read(short)[:-1])
    expected["results/test/metrics/tiny/scorecam.parquet"] = "has rows of 8 images, the manifest 9"
    for name in (".0.77.tmp", "0.damaged"):
        (cut.parent / name).write_text("half")
        expected[f"{Path(path('saliency', 'raw', 0)).parent}/{name}"] = "left behind by a job that failed"
    ahead = time.time() + 3600
    os.utime(results / "tables/ranks.csv", (ahead, ahead))
    expected["results/test/tables/ranks.csv"] = "dated in the future, so nothing can be made from it"

    lines, status = verify(damaged)
    assert status == 1
    said = {(line.partition(": ")[0], line.partition(": ")[2].partition("; mend: ")[0]) for line in lines[:-1]}
    assert set(expected.items()) <= said
    unexpected = {name for name, what in said - set(expected.items())}
    assert unexpected <= set(expected)  # the same file, for a second reason
    mend(lines, elsewhere)
    assert verify(damaged) == (["results/test: no defect"], 0)
    assert damaged.tables() == before
    assert damaged.planned() == {}
    assert (elsewhere / "results/test/tables/summary.csv").read_text() == "another project's"


def test_an_image_changed_or_deleted(damaged, tmp_path):
    """The data set is the user's: it is never touched, and need not be writable."""
    photo, other = (Path(damaged.folder, "photos", name) for name in ("003_3.png", "004_0.png"))
    date = photo.stat()
    photo.write_bytes(other.read_bytes())
    os.utime(photo, ns=(date.st_atime_ns, date.st_mtime_ns))
    other.unlink()
    lines, status = verify(damaged)
    assert [line.partition("; mend")[0] for line in lines] == [
        f"{photo.relative_to(damaged.folder)}: changed since the manifest was made",
        f"{other.relative_to(damaged.folder)}: is in the manifest, but: No such file or directory",
        "2 defects",
    ]
    assert status == 1
    assert str(photo.parent) not in lines[-1]
    mend(lines, tmp_path)
    assert verify(damaged) == (["results/test: no defect"], 0)
    listed = tables.read(damaged.results / "manifest.parquet")
    assert listed["path"].to_list() == [f"{n:03d}_{n % 4}.png" for n in range(9) if n != 4]
    assert listed["sha256"][3] == hashlib.sha256(photo.read_bytes()).hexdigest()
    assert photo.stat().st_mtime_ns == date.st_mtime_ns


def test_other_settings_than_the_runs(damaged):
    damaged.config["masking"] = {"space": "pixels"}
    lines, status = verify(damaged)
    tables = [line.partition("; mend")[0] for line in lines[2:4]]
    assert tables == [
        f"results/test/metrics/tiny/{method}.parquet: made with other settings than the configuration's"
        for method in ("gradcam", "scorecam")
    ]
    roots = [f"results/test/masked/tiny/{method}.zarr" for method in ("gradcam", "scorecam")]
    for root, line in zip(roots, lines, strict=False):
        what = (
            f"{root}: made with other settings (masking) than the configuration's; mend: rm -rf {damaged.folder}/{root}"
        )
        assert line.startswith(f"{what} && (cd ")
    removed = [f"{damaged.folder}/results/test/metrics/tiny/{method}.parquet" for method in ("gradcam", "scorecam")]
    removed += ["&&", "rm", "-rf", *(f"{damaged.folder}/{root}" for root in roots)]
    assert lines[4].startswith(f"4 defects; mend all: rm -f {' '.join(removed)} && (cd ")
    assert (len(lines), status) == (5, 1)


COUNTED = " ".join(f"{store}.zarr/image/zarr.json" for store in ("masked/tiny/gradcam", "saliency/tiny/gradcam"))
COUNTED += " predictions/tiny.zarr/image/zarr.json images/resize32-crop32-bilinear.zarr/image/zarr.json"


@pytest.mark.parametrize(
    "names",
    [
        "manifest.parquet",
        "provenance.json",
        "networks/tiny.json",
        "manifest.parquet provenance.json",
        # nobody knows how rows are cut
        "networks/tiny.json provenance.json",
        # nor how many there are
        f"manifest.parquet provenance.json {COUNTED}",
    ],
)
def test_a_damaged_record_leaves_other_checks_on(small_copy, names):
    results = small_copy.results
    for name in names.split():
        (results / name).write_bytes((results / name).read_bytes()[:-50])
    planted = ["masked/tiny/gradcam.zarr/raw/c/1/0/0", "predictions/tiny.zarr/target/c/0", "tables/paper.tex"]
    planted += ["metrics/tiny/gradcam.parquet", "saliency/tiny/gradcam.zarr/y/c/0", "ro-crate-metadata.json"]
    for other in planted:
        data = bytearray((results / other).read_bytes())
        data[len(data) // 2] ^= 1
        (results / other).write_bytes(data)
    lost = ["saliency/tiny/gradcam.zarr/passes/c/1", "images/resize32-crop32-bilinear.zarr/pixels/c/0/0/0/0"]
    for other in lost:
        (results / other).unlink()
    lost.append("predictions/tiny.zarr/target/c/0.damaged")
    (results / lost[-1]).write_text("half")
    lines, _ = verify(small_copy)
    said = {line.partition(": ")[0] for line in lines[:-1]}
    assert said == {f"results/test/{other}" for other in [*names.split(), *planted, *lost]}
    assert lines[-1].startswith(f"{len(lines) - 1} defects; mend all: ")


def test_without_logs_the_record_and_the_stores_know(small_copy):
    shutil.rmtree(small_copy.results / "logs")
    assert verify(small_copy) == (["results/test: no defect"], 0)
    crate = small_copy.results / evidence.CRATE
    crate.write_text(crate.read_text().replace("Class activation maps", "Maps"))
    (small_copy.results / "tables/paper.md").write_text("made up")
    rewrite(small_copy, "masked", "probability", 1, lambda values: values / 2)
    said = {line.partition("; mend")[0] for line in verify(small_copy)[0]}
    assert said == {
        "results/test/ro-crate-metadata.json: does not follow from the record",
        "results/test/tables/paper.md: not what the run wrote",
        f"{path('masked', 'probability', 1)}: not the chunk that was recorded",
        "3 defects",
    }


def test_nothing_says_what_the_files_have_to_be(small_copy, tmp_path):
    """Neither logs nor record are left: the manifest is believed, and the other checks go on."""
    shutil.rmtree(small_copy.results / "logs")
    record = small_copy.results / evidence.RECORD
    record.write_bytes(record.read_bytes()[:-50])
    rewrite(small_copy, "images", "label", 0, lambda values: values + 1)
    lines, _ = verify(small_copy)
    said = {line.partition("; mend")[0] for line in lines[:-1]}
    assert "results/test/provenance.json: damaged" in said
    assert f"{path('images', 'label', 0)}: labels are not the manifest's" in said
    mend(lines, tmp_path)
    assert verify(small_copy) == (["results/test: no defect"], 0)


def test_what_cannot_be_read_leaves_other_checks_on(small_copy, tmp_path):
    """A folder in the place of a file, a file in that of a folder, and a link that leads to itself."""
    before, results = small_copy.tables(), small_copy.results
    folders = [path("saliency", "raw", 0), "results/test/tables/paper.tex", "results/test/networks/tiny.json"]
    folders += ["results/test/masked/tiny/gradcam.zarr/raw/zarr.json"]
    for name in [*folders, "results/test/provenance.json"]:
        (small_copy.folder / name).unlink()
        (small_copy.folder / name / "inner").mkdir(parents=True)
    loop, flat = small_copy.folder / path("saliency", "raw", 1), results / "masked/tiny/gradcam.zarr/passes"
    loop.unlink()
    loop.symlink_to(loop)
    shutil.rmtree(flat)
    flat.touch()
    (results / "tables/summary.csv").write_text("nothing")
    lines, _ = verify(small_copy)
    said = {line.partition("; mend")[0] for line in lines[:-1]}
    assert {f"{name}: unreadable: Is a directory" for name in folders} <= said
    assert "results/test/provenance.json: damaged" in said
    assert f"{path('saliency', 'raw', 1)}: unreadable: Too many levels of symbolic links" in said
    assert f"{flat.relative_to(small_copy.folder)}: unreadable: Not a directory" in said
    assert "results/test/tables/summary.csv: not what the run wrote" in said
    mend(lines, tmp_path)
    assert verify(small_copy) == (["results/test: no defect"], 0)
    assert small_copy.tables() == before


def test_a_job_refuses_a_damaged_file_in_one_line(small_copy):
    """Files that bear no digest of their own, older than what has to be made from them."""
    for damaged, lost in (("machine.json", "tables/cost.csv"), ("tables/ranks.csv", "figures/ranks.svg")):
        file = small_copy.results / damaged
        date = file.stat()
        file.write_bytes(file.read_bytes()[:-30])
        os.utime(file, ns=(date.st_atime_ns, date.st_mtime_ns))
        (small_copy.results / lost).unlink()
    refused = small_copy.run("--keep-going", check=False)
    assert refused.returncode == 1
    assert [line for line in sorted(set(refused.stderr.splitlines())) if line.startswith("cambench: ")] == [
        f"cambench: results/test/{name}: {what}; mend: rm results/test/{name}, then run again"
        for name, what in (("machine.json", "damaged"), ("tables/ranks.csv", "not what its job wrote"))
    ]


IS_ROOT = sys.platform == "linux" and os.geteuid() == 0


@pytest.mark.skipif(not IS_ROOT, reason="mounts a folder")
def test_a_folder_that_is_read_only(small_copy):
    """An archive: nothing is written there, and the defects are told."""
    results = small_copy.results.parent
    assert verify(small_copy)[1] == 0
    before = sorted(results.rglob("*"))
    (small_copy.results / "tables/paper.md").write_text("made up")
    mounts = [["mount", "--bind", results, results], ["mount", "-o", "remount,ro,bind", results]]
    if subprocess.run(mounts[0]).returncode:
        pytest.skip("not allowed to mount a folder")
    try:
        subprocess.run(mounts[1], check=True)
        (line,), status = verify(small_copy)
    finally:
        subprocess.run(["umount", results], check=True)
    assert line.startswith("results/test/tables/paper.md: not what the run wrote; mend: rm -f ")
    assert status == 1
    assert sorted(results.rglob("*")) == before


def test_a_forged_record_is_not_believed(small_copy):
    """The digest of an edited table stands in a record that was sealed anew; the logs of the jobs say otherwise."""
    table, record = small_copy.results / "tables/summary.csv", small_copy.results / evidence.RECORD
    table.write_text("made up")
    content = evidence.read(record)
    content["files"]["tables/summary.csv"] = hashlib.sha256(b"made up").hexdigest()
    record.write_text(json.dumps(evidence.sealed(content)))
    assert [line.partition("; mend")[0] for line in verify(small_copy)[0]] == [
        "results/test/tables/summary.csv: not what the run wrote",
        "results/test/provenance.json: damaged",
        "2 defects",
    ]


def test_a_plain_run_certifies_nothing_that_no_job_wrote(small_copy):
    """An edited table and a replaced chunk, each newer than what follows from it."""
    before, table = small_copy.tables(), small_copy.results / "tables/summary.csv"
    table.write_text(table.read_text().replace("0.", "1."))
    refused = small_copy.run(check=False)
    assert refused.returncode == 1
    name = "results/test/tables/summary.csv"
    line = f"cambench: {name}: not what its job wrote; mend: rm {name}, then run again"
    assert line in refused.stderr.splitlines()
    table.unlink()
    rewrite(small_copy, "masked", "probability", 1, lambda values: values / 2)
    refused = small_copy.run(check=False)
    assert refused.returncode == 1
    name = path("masked", "probability", 1)
    line = f"cambench: {name}: not what its job wrote; mend: rm {name}, then run again"
    assert line in refused.stderr.splitlines()
    Path(small_copy.folder, name).unlink()
    small_copy.run()
    assert small_copy.tables() == before
    assert verify(small_copy) == (["results/test: no defect"], 0)


def test_settings_are_never_mixed(small_copy):
    """Snakemake's records are lost but for a table's, so nothing is run again by itself after another setting."""
    before = small_copy.tables()
    shutil.rmtree(small_copy.folder / ".snakemake")
    (small_copy.results / "tables/paper.md").unlink()
    small_copy.run()
    small_copy.config["masking"] = {"space": "pixels"}
    refused = small_copy.run(check=False)
    assert refused.returncode == 1
    root = "results/test/masked/tiny/gradcam.zarr"
    line = f"{root}: made with other settings, and Snakemake's record of it is lost; mend: rm -r {root}, then run"
    assert f"{line} again" in refused.stderr.splitlines()
    (small_copy.results / "masked/tiny/gradcam.zarr/zarr.json").unlink()  # one that was never finished
    (small_copy.folder / path("masked", "raw", 1)).unlink()
    refused = small_copy.run(check=False)
    assert refused.returncode == 1
    chunk = r"(results/test/masked/tiny/gradcam\.zarr/\w+/c/0[/0]*)"
    assert re.search(
        rf"^cambench: {chunk}: made with other settings; mend: rm \1, then run again$", refused.stderr, re.M
    )
    assert small_copy.tables() == before


@pytest.mark.parametrize("name", ["manifest.parquet", "provenance.json"])
def test_damaged_records(damaged, name, tmp_path):
    file = Path(damaged.folder, "results/test", name)
    before = damaged.tables()
    file.write_bytes(file.read_bytes()[:-50])
    lines, status = verify(damaged)
    assert [line.partition("; mend")[0] for line in lines] == [f"results/test/{name}: damaged"]
    assert status == 1
    if name == "manifest.parquet":
        refused = damaged.run(check=False)
        assert refused.returncode == 1
        line = f"results/test/{name}: damaged; mend: rm results/test/{name}, then run again"
        assert [text for text in (refused.stdout + refused.stderr).splitlines() if "mend" in text] == [line]
    mend(lines, tmp_path)
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
    assert recorded["networks"]["tiny"]["precision"] == "float32"
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
