"""What is read of a metric's file, and what is refused in one line."""

# ruff: noqa: E501 (tables of expected lines)

import pytest

from cambench import metrics
from cambench.errors import InputError
from cambench.metrics._source import read

COLUMN = 'COLUMN = Column("mine", "Mine", True, place=7, range=(-1, 1), criterion="sanity")\n'
MEASURE = "\ndef measure(seen):\n    return seen.probability\n"


def test_facts_are_read_without_running_the_file(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(f"raise RuntimeError\n{COLUMN}NEEDS: tuple = ('masked.raw',)\n{MEASURE}")
    facts = read(file, "my/mine.py")
    assert (facts.column.name, facts.column.place, facts.column.file) == ("mine", 7, "my/mine.py")
    assert (facts.column.range, facts.column.criterion, facts.needs) == ((-1, 1), "sanity", ("masked.raw",))
    assert metrics.facts(str(file)).column.file == str(file)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (COLUMN, "has no function measure(seen)"),
        (COLUMN + "def measure():\n    return 1\n", "has no function measure(seen)"),
        (MEASURE, "has no COLUMN = Column(...)"),
        (f"COLUMN = 3\n{MEASURE}", "has no COLUMN = Column(...)"),
        (f'COLUMN = Column("mine", TITLE, True)\n{MEASURE}', "'TITLE' must be written out, because nothing is run to read it"),
        (f'COLUMN = Column("mine", "Mine")\n{MEASURE}', "Column.__init__() missing 1 required positional argument: 'higher_is_better'"),
        (f'COLUMN = Column("Mine", "Mine", True)\n{MEASURE}', "name must have small letters, digits and _ alone, not 'Mine'"),
        (f"{COLUMN}NEEDS = 'masked.raw'\n{MEASURE}", "NEEDS must be a tuple of text"),
        ("def measure(seen):\n    return seen.\n", "line 2: invalid syntax"),
    ],
)  # fmt: skip
def test_files_that_are_no_metrics(tmp_path, text, line):
    file = tmp_path / "mine.py"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read(file)
    assert str(refused.value) == f"{file}: {line}"


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match=r"gone\.py: no such file or folder$"):
        metrics.facts(str(tmp_path / "gone.py"))
