"""Names of classes: from a file, from the network, from the folders."""

import polars as pl
import pytest

from cambench.errors import InputError
from cambench.images import names


@pytest.fixture
def written(tmp_path):
    def write(data):
        (tmp_path / "names.txt").write_bytes(data.encode() if isinstance(data, str) else data)
        return tmp_path / "names.txt"

    return write


@pytest.mark.parametrize(
    "text", ["tench\nzebra, striped\n", "\ufefftench \r\n  zebra,  striped\r\n\n", "tench\nzebra, striped"]
)
def test_one_name_per_line(written, text):
    assert names.read(written(text)) == ["tench", "zebra, striped"]


@pytest.mark.parametrize(
    ("data", "line"),
    [
        ("a\n\nb\n", "line 2 is blank; each line names a class"),
        ("", "line 1 is blank; each line names a class"),
        (b"a\xff\n", "is no text in UTF-8"),
    ],
)
def test_a_file_that_names_no_classes(written, data, line):
    path = written(data)
    with pytest.raises(InputError) as error:
        names.read(path)
    assert str(error.value) == f"{path}: {line}"


def test_a_file_that_cannot_be_read(tmp_path):
    for path, reason in ((tmp_path, "Is a directory"), (tmp_path / "gone.txt", "No such file or directory")):
        with pytest.raises(InputError, match=f"{reason}$"):
            names.read(path)


def test_folders_name_their_ranks():
    listed = pl.DataFrame({"path": ["cat/1.png", "cat/deep/2.png", "eel/3.png"], "label": [0, 0, 2]})
    assert names.of_folders(listed) == ["cat", None, "eel"]
    assert names.of_folders(listed.with_columns(pl.lit(-1).alias("label"))) is None


def test_a_file_comes_before_the_networks_own_names_and_these_before_the_folders(written):
    own = {"a": ["own"], "b": ["own"], "c": None}
    found = names.chosen(own, {"a": str(written("file\n"))}, ["folder"])
    assert found == {"a": ["file"], "b": ["own"], "c": ["folder"]}
    assert names.chosen({"c": None}, {}, None) == {"c": None}
