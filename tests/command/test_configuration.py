"""Configurations that are no YAML are refused, with the place."""

import pytest

from cambench.command._configuration import check_syntax
from cambench.errors import InputError


@pytest.mark.parametrize("text", ["run: mine", '{\n\t"run": "mine"\n}', "__use_yte__: true\n?if true:\n  run: mine"])
def test_yaml_and_json_are_right(tmp_path, text):
    (tmp_path / "my.yaml").write_text(text)
    check_syntax(tmp_path / "my.yaml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"run: mine\nimages: [", "line 2, column 10: expected the node content, but found '<stream end>'"),
        (b"run: mine\n\timages: 1", "line 2, column 1: found character '\\t' that cannot start any token"),
        (b"run: a: b", "line 1, column 7: mapping values are not allowed here"),
        (b"", "has no keys; write lines such as `run: demo`"),
        (b"[1, 2]", "has no keys; write lines such as `run: demo`"),
        (b"\xff\xfe", "is no text in UTF-8"),
        (b"run: \x00", "special characters are not allowed"),
        (b"[" * 100_000, "is nested too deeply"),
    ],
)
def test_others_are_refused_in_one_line(tmp_path, content, said):
    (tmp_path / "my.yaml").write_bytes(content)
    with pytest.raises(InputError) as refused:
        check_syntax(tmp_path / "my.yaml")
    assert str(refused.value) == f"{tmp_path / 'my.yaml'}: {said}"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"lost\.yaml: No such file or directory"):
        check_syntax(tmp_path / "lost.yaml")
