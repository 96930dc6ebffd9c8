"""What was parsed is remembered by its contents, and is never taken for anything else."""

import json
import zlib

import pytest

from cambench.provenance import parsed
from cambench.provenance.parsed import Sources

SOURCE = """'''About.'''
import json  # why
from . import other
"""
CODE = "import json\nfrom . import other"


@pytest.fixture
def module(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(SOURCE)
    return file


@pytest.fixture
def memory(tmp_path, module):
    """The file of a process that has ended."""
    file = tmp_path / "cache" / "sources"
    sources = Sources(file)
    assert sources.parsed(module, ("a",)) == (CODE, ["a", "a.other", "json"])
    sources.keep()
    return file


@pytest.fixture
def asked(monkeypatch):
    """What is parsed anew."""
    found, parse = [], parsed.parse
    monkeypatch.setattr(parsed, "parse", lambda source, package: found.append(source) or parse(source, package))
    return found


def test_the_next_process_parses_nothing_again(memory, module, asked):
    code, imported = Sources(memory).parsed(module, ("a",))
    assert (code, imported) == (CODE, ["a", "a.other", "json"])
    assert asked == []


def test_another_content_or_package_is_parsed(memory, module, asked):
    sources = Sources(memory)
    assert sources.parsed(module, ("b",))[1] == ["b", "b.other", "json"]
    module.write_text("x = 1")
    assert sources.parsed(module, ("a",)) == ("x = 1", [])
    assert asked == [SOURCE, "x = 1"]


def test_another_parser_forgets_all(memory, module, asked, monkeypatch):
    monkeypatch.setattr(parsed, "_parser", lambda: "another")
    Sources(memory).parsed(module, ("a",))
    assert asked == [SOURCE]


@pytest.mark.parametrize(
    "damage", [lambda data: data[:-9], lambda data: b"", lambda data: data[:40] + b"?" + data[41:]]
)
def test_a_damaged_memory_is_none(memory, module, asked, damage):
    memory.write_bytes(damage(memory.read_bytes()))
    assert Sources(memory).parsed(module, ("a",))[0] == CODE
    assert asked == [SOURCE]


def test_it_is_written_where_there_is_something_new(memory, module):
    sources = Sources(memory)
    sources.parsed(module, ("a",))
    date = memory.stat().st_mtime_ns
    sources.keep()
    assert memory.stat().st_mtime_ns == date
    module.write_text("x = 1")
    sources.parsed(module, ("a",))
    sources.keep()
    assert len(json.loads(zlib.decompress(memory.read_bytes()))) == 2


def test_a_folder_that_cannot_be_written_to_is_no_error(tmp_path, module):
    (tmp_path / "file").write_text("")
    sources = Sources(tmp_path / "file" / "sources")
    sources.parsed(module, ())
    sources.keep()
