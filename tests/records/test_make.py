"""Records of a finished run say its numbers, what decides them, and nothing of the user's disk."""

import copy
import hashlib
import json
from dataclasses import replace
from types import SimpleNamespace

import polars as pl
import pytest
from recorded import changed

from cambench import methods
from cambench.errors import InputError
from cambench.images import objects
from cambench.images.sizes import preprocessing_name
from cambench.records import identity, make, read
from cambench.records.export import export
from cambench.runs.run import open_run


@pytest.fixture(scope="module")
def run(finished):
    return open_run(finished.results)


@pytest.fixture(scope="module")
def records(run):
    return {record["method"]["label"]: record for record in make.records(run)}


def test_every_record_fits_the_schema(records):
    assert list(records) == ["gradcam", "scorecam"]
    for record in records.values():
        assert not list(read.problems(json.loads(json.dumps(record))))


def test_the_numbers_are_those_of_the_summary(run, records):
    row = run.table("summary").filter(method="scorecam").row(0, named=True)
    record = records["scorecam"]
    for name in ("adcc", "adcc_per_image", "average_drop", "insertion"):
        value = record["values"][name]
        assert value["mean"] == pytest.approx(row[name], abs=1e-7)
        assert (value["low"], value["se"]) == pytest.approx((row[f"{name}_low"], row[f"{name}_se"]), abs=1e-7)
    assert record["counts"]["passes"] == pytest.approx(row["passes"])
    assert record["network"]["random"] is True
    assert record["definitions"]["metrics"]["adcc"] == record["definitions"]["metrics"]["adcc_per_image"] == 1
    assert [row["stage"] for row in record["cost"] if not row["shared"]] == ["saliency", "masked", "curves"]


def test_digests_of_images_and_of_their_values(run, records):
    """Written out once more: the files' own digests, sorted; the values in that order, six decimals each."""
    digests = sorted(run.manifest["sha256"])
    assert (
        records["gradcam"]["data"]["digest"] == hashlib.sha256("".join(f"{d}\n" for d in digests).encode()).hexdigest()
    )
    frame = run.metrics.filter(method="gradcam").join(run.manifest.select("image", "sha256"), "image").sort("sha256")
    lines = "".join(f"{value:.6f}\n" for value in frame["complexity"])
    assert records["gradcam"]["values"]["complexity"]["digest"] == hashlib.sha256(lines.encode()).hexdigest()


def test_all_settings_are_there_with_their_defaults(records):
    known = methods.facts("scorecam").settings
    assert records["scorecam"]["method"]["settings"] == {name: setting.default for name, setting in known.items()}
    assert records["scorecam"]["method"]["version"] == methods.facts("scorecam").version


@pytest.mark.parametrize(
    ("given", "told"), [({"flips": False, "noise": 0.0}, {}), ({"flips": True}, {"flips": True}), ({}, {})]
)
def test_smoothing_is_told_where_it_is_in_use(run, given, told):
    """It is a setting of every method, so most records need not name it."""
    other = changed_run(run, lambda facts: facts["config"]["methods"]["gradcam"].update(settings=given))
    assert make._complete(other, "gradcam", 1) == told


def test_two_exports_are_equal_to_the_byte(run, tmp_path):
    first, second = (export(run, tmp_path / name) for name in ("a", "b"))
    assert [path.name for path in first] == [path.name for path in second]
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    assert first[0].name.startswith("tiny.gradcam.")


def test_no_path_of_the_users_disk_is_in_a_record(run, finished, tmp_path):
    texts = [path.read_text() for path in export(run, tmp_path)]
    assert not any(str(finished.folder) in text or "/home" in text for text in texts)
    assert json.loads(texts[0])["data"]["name"] == "photos"


def test_some_records_and_a_name_for_the_data(run, tmp_path):
    (path,) = export(run, tmp_path, "My photographs", method="scorecam")
    assert json.loads(path.read_text())["data"]["name"] == "My photographs"
    for wrong in (
        {"method": "scorcam"},
        {"network": "other"},
        {"data": "two\nlines"},
        {"data": " "},
        {"data": "x" * 101},
    ):
        with pytest.raises(InputError):
            export(run, tmp_path, **wrong)


def changed_run(run, change):
    """The run with another record."""
    facts = copy.deepcopy(run.record.facts)
    change(facts)
    return replace(run, record=replace(run.record, facts=facts))


def test_a_method_that_changes_anothers_maps_names_it_and_its_version(run, monkeypatch):
    of = {"cam": "layercam", "version": 3}
    stored = {"attributes": {"settings": {"cam": "degraded", "settings": {}, "version": 1, "of": of}}}
    monkeypatch.setattr(type(run.record), "json", lambda self, name: stored)
    assert make._method(run, "tiny", "gradcam")["of"] == of


def test_a_users_own_method_that_is_gone_has_the_settings_that_were_given(run):
    def change(facts):
        facts["config"]["methods"]["gradcam"] = {"cam": "/home/me/mine.py", "settings": {"a": 1}}

    method = make._method(changed_run(run, change), "tiny", "gradcam")
    assert (method["cam"], method["settings"]) == ("./mine.py", {"a": 1})


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("data/photos/", "photos"),
        (".", "images"),
        ("../..", "images"),
        ("package:foolbox/data", "foolbox/data"),
        ("/home/me/x\ny", "xy"),
        ("a" * 150, "a" * 100),
    ],
)
def test_the_name_of_a_data_set_is_that_of_its_folder(path, name, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert make._folder({"kind": "folder", "path": path}) == name


@pytest.mark.parametrize(
    ("text", "told"), [("/home/me/model", "./model"), ("~/m", "./m"), ("./m", "./m"), ("org/model", "org/model")]
)
def test_folders_of_networks_are_named_without_their_place(text, told):
    assert make._elsewhere(text) == told


def test_where_objects_lie_is_told_by_what_the_table_holds(run, tmp_path):
    order = run.manifest.select("image", "sha256").sort("sha256", "image")
    name = f"objects/{preprocessing_name(run.networks['tiny']['preprocessing'])}.parquet"
    found = []
    for number, shift in enumerate((0.0, 0.0, 1.0)):
        rows = [{"image": image, "boxes": [[shift, 0.0, 4.0, 5.0]], "object_lost": 0.0} for image in range(run.images)]
        pl.DataFrame(rows[:: -1 if number else 1], objects.SCHEMA).write_parquet(tmp_path / f"{number}.parquet")
        record = SimpleNamespace(names=[name], file=lambda _, number=number: tmp_path / f"{number}.parquet")
        found.append(make._objects(SimpleNamespace(networks=run.networks, record=record), "tiny", order)["objects"])
    assert found[0] == found[1] != found[2]
    for mask in (b"a", b"a", b"b"):
        rows = [{"image": image, "mask": mask, "object_lost": 0.0} for image in range(run.images)]
        pl.DataFrame(rows, objects.MASKED).write_parquet(tmp_path / "0.parquet")
        record = SimpleNamespace(names=[name], file=lambda _: tmp_path / "0.parquet")
        found.append(make._objects(SimpleNamespace(networks=run.networks, record=record), "tiny", order)["objects"])
    assert found[3] == found[4] != found[5]
    assert make._objects(run, "tiny", order) == {}


def test_one_method_can_be_exported_though_another_is_of_another_version(run, tmp_path):
    other = changed_run(run, lambda facts: facts["definitions"]["methods"].update(gradcam=7))
    assert len(export(other, tmp_path, method="scorecam")) == 1
    with pytest.raises(InputError, match="gradcam of version 7, and version 1 is installed"):
        export(other, tmp_path)


def test_what_would_be_no_record_is_not_written(run, tmp_path):
    long = changed_run(run, lambda facts: facts["config"]["methods"]["scorecam"].update(title="x" * 101))
    with pytest.raises(InputError, match=r"tiny\.scorecam\.[0-9a-f]{12}\.json: cannot be a record: method\.title"):
        export(long, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_run_that_recorded_no_versions_is_refused(run):
    old = changed_run(run, lambda facts: facts.pop("definitions"))
    with pytest.raises(InputError, match="recorded no versions of metrics and methods; run it again"):
        make.records(old)


def test_a_method_that_is_installed_in_another_version_is_refused(run, monkeypatch):
    newer = replace(methods.facts("gradcam"), version=7)
    monkeypatch.setattr(methods, "facts", lambda cam: newer)
    with pytest.raises(InputError, match="gradcam was made by gradcam of version 1, and version 7 is installed"):
        make.records(run)


SAME = {"network__name": "x", "network__title": "x", "method__label": "x", "method__title": "x", "data__name": "x"}
SAME |= {"made": "x", "machine__device": "x", "software__revision": "x", "data__labels": "x", "data__sample": {}}
OTHER = ("network__state", "network__layer", "network__precision", "method__cam", "method__version", "data__digest")
OTHER += (
    "method__of",
    "data__objects",
    "definitions__target",
    "definitions__masking",
    "definitions__curves",
    "network__preprocessing",
)


@pytest.mark.parametrize(("place", "value"), SAME.items())
def test_names_and_machines_do_not_make_another_number(record, place, value):
    assert identity.of(changed(**{place: value})) == identity.of(record)


@pytest.mark.parametrize("place", OTHER)
def test_what_decides_a_number_makes_another(record, place):
    other = changed(**{place: "x"})
    assert identity.of(other) != identity.of(record)
    assert identity.file_name(other) != identity.file_name(record)


def test_default_settings_do_not_make_another_number(record):
    """So a method may get a new setting, and its records keep their names."""
    first, second, third = (
        changed(method__cam="random", method__settings=settings) for settings in ({}, {"seed": 0}, {"seed": 1})
    )
    assert identity.of(first) == identity.of(second) != identity.of(third)


def test_labels_count_where_they_are_explained(record):
    first, second = (changed(definitions__target="label", data__labels=labels) for labels in ("x", "y"))
    assert identity.of(first) != identity.of(second)


def test_the_order_of_the_images_does_not_count(run):
    turned = replace(run)
    turned.__dict__["manifest"] = run.manifest.sort("path", descending=True)
    assert make._data(turned, None) == make._data(run, None)
    assert pl.Series(turned.manifest["path"]).to_list() != run.manifest["path"].to_list()
