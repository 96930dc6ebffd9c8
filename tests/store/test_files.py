"""Files are written whole or not at all."""

import contextlib
import re

import pytest

from cambench.errors import InputError
from cambench.store import files


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match="folder: cannot be written: Is a directory"):
        files.write_atomically(tmp_path / "folder", b"data")
    with contextlib.suppress(RuntimeError), files.replacing(tmp_path / "file") as path:
        path.write_text("half")
        raise RuntimeError
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_an_earlier_file_stays_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "inner" / "file"
    files.write_atomically(target, "first")
    with contextlib.suppress(RuntimeError), files.replacing(target) as path:
        path.write_text("half")
        raise RuntimeError
    assert target.read_text() == "first"
    with files.replacing(target) as path:
        path.write_text("second")
        assert target.read_text() == "first"
    assert target.read_text() == "second"
    assert [path.name for path in target.parent.iterdir()] == ["file"]


@pytest.mark.parametrize("text", ['{"peak": 1', "", "[]", "null", '{"device": "cpu"}', "\udcff"])
def test_damaged_json_is_refused(tmp_path, text):
    file = tmp_path / "machine.json"
    file.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(
        InputError, match=f"^{re.escape(str(file))}: damaged; mend: rm {re.escape(str(file))}, then run"
    ):
        files.read_json(file, ["peak"])
    file.write_text('{"peak": 1, "device": "cpu"}')
    assert files.read_json(file, ["peak"]) == {"peak": 1, "device": "cpu"}
