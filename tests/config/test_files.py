"""What is lost once a file of a configuration is read ends in one line per error."""

import json

import pytest
import yaml

from cambench.config.files import problems
from cambench.config.read import resolve


@pytest.fixture
def said(tmp_path):
    """What is said of a file with the given text."""

    def of(text, name="config.yaml"):
        file = tmp_path / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return [line.removeprefix(f"config: {file}: ") for line in problems(str(file))]

    return of


def test_a_key_given_twice(good, tmp_path):
    file = tmp_path / "twice.yaml"
    file.write_text("methods:\n  a: {cam: gradcam}\n  a: {cam: eigencam}\n")
    assert resolve(good, [str(file)])[1] == [f"config: {file}: 'a' is given 2 times"]
    assert yaml.safe_load(file.read_text())["methods"] == {"a": {"cam": "eigencam"}}  # what YAML itself makes of it


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a: 1\nb: {a: 1, c: {a: 2}}\nc: [{a: 1}, {a: 1}]", []),
        ("b: 1\na: 1\nb: 2\na: 3\na: 4", ["'a' is given 3 times", "'b' is given 2 times"]),
        ("a: [{b: 1}, [{b: 1, b: 2}]]", ["'b' is given 2 times"]),
        ("a: &x {b: 1}\nc: *x\nd: {<<: *x, b: 2}", []),
        ('{"a": 1,\n\t"a": {"b": 1, "b": 2}}', ["'b' is given 2 times", "'a' is given 2 times"]),  # no YAML: tabs
        ('"a\\nb": 1\n"a\\nb": 2', [r"'a\nb' is given 2 times"]),
        ("a: &x [*x]\nb: &y {c: *y}", []),
        ("? [a, b]\n: 1\n? {c: d}\n: 2", []),
        ("__use_yte__: true", ["__use_yte__ is not allowed, because Snakemake runs the code in such a file"]),
    ],
)
def test_what_is_said(said, text, lines):
    assert said(text) == lines


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", "a: 1\n---\na: 2", b"a: \xff", "[" * 3000, "a: !!odd 1"])
def test_files_that_are_snakemakes_to_refuse(said, text):
    assert said(text) == []


def test_a_file_that_is_not_there(tmp_path):
    assert list(problems(str(tmp_path / "none.yaml"))) == []


def test_json_keeps_the_last_key_too(said):
    text = '{"a": 1, "a": 2}'
    assert json.loads(text) == {"a": 2}
    assert said(text, "config.json") == ["'a' is given 2 times"]
