"""How classes are named."""

import pytest

from cambench.report.classes import shown

NAMES = ["tench", None, "a name of very many letters", "\x1b[1mbold\n"]


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "tench (0)"),
        (1, "1"),
        (2, "a name of very ma… (2)"),
        (3, r"\x1b[1mbold\n (3)"),
        (4, "4"),
        (-1, "-1"),
    ],
)
def test_a_class_and_its_name(number, text):
    assert shown(number, NAMES) == text
    assert shown(number, None) == str(number)
