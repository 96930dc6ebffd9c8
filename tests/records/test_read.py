"""What is read is a record as it was exported, or refused in one line."""

import json

import pytest
from recorded import changed

from cambench.errors import InputError
from cambench.records import canonical, identity, read


def write(folder, record, name=None):
    path = folder / (name or identity.file_name(record))
    path.write_text(canonical.text(record))
    return path


def test_a_file_and_a_folder(record, tmp_path):
    path = write(tmp_path, record)
    assert read.record(path) == record
    for where in (path, tmp_path):
        found = read.source(where)
        assert (list(found.records), found.run) == ([("net", "gradcam")], None)


def test_a_finished_run(finished):
    found = read.source(finished.results)
    assert list(found.records) == [("tiny", "gradcam"), ("tiny", "scorecam")]
    assert found.run is not None


WRONG = {
    "record": (2, "record: 1 was expected"),
    "made": ("yesterday", "made: 'yesterday' does not match"),
    "values__adcc__mean": ("0.5", "values.adcc.mean: '0.5' is not valid"),
    "network__name": ("../../etc/passwd", "network.name: '../../etc/passwd' does not match"),
    "method__version": (0, "method.version: 0 is less than the minimum"),
    "counts__top1": (1.5, "counts.top1: 1.5 is not valid"),
    "data": (..., "'data' is a required property"),
    "definitions__metrics": ({"adcc": 1}, "values and definitions.metrics name different metrics"),
}


@pytest.mark.parametrize(("place", "value", "line"), [(place, *rest) for place, rest in WRONG.items()])
def test_what_does_not_fit_the_schema_is_named(tmp_path, place, value, line):
    path = write(tmp_path, changed(**{place: value}), "x.json")
    with pytest.raises(InputError) as error:
        read.record(path)
    assert str(error.value).startswith(f"{path}: {line}")
    assert "\n" not in str(error.value)


def test_a_value_that_was_changed_by_hand_is_refused(record, tmp_path):
    record["values"]["adcc"]["mean"] = 0.99
    with pytest.raises(InputError, match="changed by hand: its digest is another"):
        read.record(write(tmp_path, record))


@pytest.mark.parametrize("text", ["", "{", "[]", "NaN", '{"a": Infinity}', "[" * 10_000, "\x00"])
def test_what_is_no_json_or_no_record(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(InputError) as error:
        read.record(tmp_path / "x.json")
    assert str(error.value).startswith(f"{tmp_path / 'x.json'}: ")
    assert "\n" not in str(error.value)


def test_huge_files_missing_ones_and_bytes(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps("x" * (1 << 20)))
    with pytest.raises(InputError, match="too large"):
        read.record(tmp_path / "x.json")
    (tmp_path / "x.json").write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match="no JSON"):
        read.record(tmp_path / "x.json")
    with pytest.raises(InputError, match="No such file"):
        read.source(tmp_path / "none.json")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no records, and is no finished run"):
        read.source(tmp_path / "empty")


def test_records_of_one_name_cannot_be_told_apart(record, tmp_path):
    write(tmp_path, record)
    write(tmp_path, changed(network__layer="layer3"))
    with pytest.raises(InputError, match="several records of gradcam on net; name the files to compare"):
        read.source(tmp_path)
