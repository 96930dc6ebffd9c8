"""Any file of a finished run that is lost is made again: one of each kind, planned by Snakemake."""

import re

import pytest

STORE = "saliency/tiny/gradcam.zarr"
PAGES = ("md", "tex", "html")
JUDGED = ("ranks_by_criterion", "judged_metrics")
# The rule that makes each kind of file.
LOST = {
    "manifest.parquet": "manifest",
    "rejected.parquet": "manifest",
    "networks/tiny.json": "networks",
    "classes.json": "class_names",
    "machine.json": "machine",
    "metrics/tiny/gradcam.parquet": "metrics",
    "metrics.parquet": "collect",
    **{f"tables/summary.{kind}": "summary" for kind in ("csv", "parquet")},
    **{f"tables/{name}.csv": "summary" for name in ("pairwise", "ranks", "kendall", "gains", *JUDGED)},
    **{f"tables/{name}.{kind}": "tables" for name in ("summary", "paper", *JUDGED) for kind in PAGES},
    "tables/cost.csv": "cost",
    "tables/classes.csv": "classes",
    **{f"figures/{name}.svg": "figures" for name in ("adcc", "fooled", "pairwise", "ranks", "judging")},
    "figures/gallery.png": "gallery",
    **{f"figures/{name}.pdf": "figures" for name in ("adcc", "fooled", "pairwise", "ranks", "judging")},
    "figures/gallery.pdf": "gallery",
    "report/index.html": "report",
    "provenance.json": "provenance",
    "ro-crate-metadata.json": "provenance",
    f"{STORE}/zarr.json": "saliency_store",
    f"{STORE}/raw/zarr.json": "saliency_store",
    f"{STORE}/y/zarr.json": "saliency_store",
    f"{STORE}/y/c/0": "saliency_store",
    f"{STORE}/raw/c/1/0/0": "saliency",
}
# Where one of these is lost, later jobs are planned only once it is there again, or one file is a part of many.
ALONE = {
    name: rule for name, rule in LOST.items() if ".zarr/" in name or rule in ("manifest", "networks", "class_names")
}
TOGETHER = LOST.keys() - ALONE.keys()


@pytest.fixture(scope="module")
def done(small_finished, tmp_path_factory):
    """A finished run; each test changes it, looks, and changes it back."""
    return small_finished.copy(tmp_path_factory.mktemp("lost") / "copy")


def test_no_kind_is_forgotten(done):
    found = {path.relative_to(done.results).as_posix() for path in done.results.rglob("*") if path.is_file()}
    outside = {name for name in found if not name.startswith(("logs/", "benchmarks/")) and ".zarr/" not in name}
    assert outside == {name for name in LOST if ".zarr/" not in name}


@pytest.mark.parametrize("name", ALONE)
def test_a_lost_file_is_made_again(done, name):
    planned = done.planned_without(done.results / name)
    assert planned.get(ALONE[name]) == 1
    assert planned["provenance"] == 1


def test_lost_files_are_each_a_reason_to_make_them_again(small_copy):
    for name in TOGETHER:
        (small_copy.results / name).unlink()
    said = small_copy.planning("--cores", "2", "-n", "--quiet", "host")  # every job, with its reasons
    pattern = r"^rule (\w+):\n(?: {4}.*\n)*? {4}reason: Missing output files: ([^;\n]*)(.*)"
    reasons = re.findall(pattern, said, re.MULTILINE)
    found = {name: rule for rule, names, _ in reasons for name in names.split(", ")}
    assert found == {f"results/test/{name}": LOST[name] for name in TOGETHER}
    assert sorted(rule for rule, *_ in reasons) == sorted(set(found.values()))  # one job each
    (others,) = (rest.partition("updated by another job: ")[2] for rule, _, rest in reasons if rule == "provenance")
    assert set(others.split(", ")) >= {name for name, rule in found.items() if rule != "provenance"}


def test_a_damaged_list_of_rejected_files_is_refused_until_it_is_gone(small_copy):
    """And then it is made again; nothing follows from it but the report and the record."""
    before, file = small_copy.tables(), small_copy.results / "rejected.parquet"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    refused = small_copy.run(check=False)
    assert refused.returncode == 1
    name = "results/test/rejected.parquet"
    assert f"{name}: damaged; mend: rm {name}, then run again" in (refused.stdout + refused.stderr).splitlines()
    file.unlink()
    assert small_copy.executed() == {"manifest": 1}
    assert small_copy.planned() == {}
    assert small_copy.tables() == before
