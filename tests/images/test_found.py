"""Names are UTF-8 and one line, labels whole numbers that int64 holds."""

import os

import pytest

from cambench.errors import InputError
from cambench.images.found import Found, located, named, whole_number


@pytest.mark.parametrize(
    "name", ["a.png", "Tür 3.41\u202fPM.png", "дом/\U0001f408.jpg", "{x}.png", "a\\b.png", "-n.png"]
)
def test_names_are_kept(name, tmp_path):
    assert named(name) == Found(name)
    assert located(tmp_path, name) == tmp_path / name


def test_names_that_cannot_stand_in_a_line_of_utf_8_are_escaped_and_rejected():
    assert named(os.fsdecode(b"caf\xe9.png")) == Found(r"caf\xe9.png", -1, "file name is not UTF-8")
    for name, shown in (("a\nb", r"a\nb"), ("\x1b[2J", r"\x1b[2J"), ("a\u2028b", r"a\u2028b"), ("\x85", r"\x85")):
        assert named(name) == Found(shown, -1, "file name has control characters")


def test_a_name_is_the_same_in_every_locale(tmp_path, printed):
    (tmp_path / "tür").mkdir()
    (tmp_path / "tür" / "é.png").write_bytes(b"here")
    code = (
        "import pathlib; from cambench.images import folders, found; root = pathlib.Path('.')\n"
        "item, = folders.by_rank(root, '**/*'); print(ascii(item), found.located(root, item.path).read_bytes())"
    )
    assert printed(code) == f"{Found('tür/é.png', 0)!a} b'here'\n"


@pytest.mark.parametrize(("text", "number"), [("0", 0), ("001", 1), ("+7", 7), ("-0", 0), (str(2**63 - 1), 2**63 - 1)])
def test_labels(text, number):
    assert whole_number(text, "a.png") == number


@pytest.mark.parametrize("text", ["", "1.0", "1e3", "1_000", "cat", "\u0663", "0x1", "1 2", "--1", "nan"])
def test_a_label_that_is_no_number(text):
    with pytest.raises(InputError) as error:
        whole_number(text, "a.png")
    assert str(error.value) == f"dataset: label of a.png must be a whole number, not {text!r}"


@pytest.mark.parametrize("text", ["-1", "-001", str(2**63), "9" * 5000])
def test_a_label_out_of_range(text):
    with pytest.raises(InputError) as error:
        whole_number(text, "a.png")
    assert str(error.value) == f"dataset: label of a.png must be at least 0 and under 2^63, not {text}"
