"""Errors are lines that a terminal can print."""

import doctest

import pytest

from cambench import errors
from cambench.errors import one_line, refuse, shortened, shown, suggestion


def test_examples_hold():
    result = doctest.testmod(errors)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("config: é ü 中 '\"\\", "config: é ü 中 '\"\\"),
        ("a\nb\r\nc\td", r"a\nb\r\nc\td"),
        ("\x1b[2J\x07\x00\x7f\x9b", r"\x1b[2J\x07\x00\x7f\x9b"),
        ("\u2028\u202e\u200b\ud800\U000e0001", r"\u2028\u202e\u200b\ud800\U000e0001"),
        ("", ""),
    ],
)
def test_one_line(text, line):
    assert one_line(text) == line
    assert line.isprintable()


def test_refuse_prints_one_line_per_error(capsys):
    with pytest.raises(SystemExit) as ended:
        refuse(["config: run: a\nconfig: fine", "config: b\x1b[0m"])
    assert ended.value.code == 1
    assert capsys.readouterr() == ("", "config: run: a\\nconfig: fine\nconfig: b\\x1b[0m\n")
    refuse([])
    assert capsys.readouterr() == ("", "")


def test_what_is_quoted_is_short():
    assert shown("x" * 98) == repr("x" * 98)
    assert shown("x" * 99) == f"'{'x' * 49}...{'x' * 49}'"
    assert shortened("x" * 1000) == f"{'x' * 50}...{'x' * 50}"
    assert shown(10**5000) == "(int)"
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert shown(deep) == "(list)"


def test_suggestions():
    assert suggestion("gradcm", ["gradcam", "random"]) == "; did you mean 'gradcam'?"
    assert suggestion("x", ["gradcam", "random"]) == ""
