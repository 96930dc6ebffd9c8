"""Tables bear a digest of themselves: whatever happens to their bytes, they are equal or refused."""

import hashlib
import re

import numpy as np
import polars as pl
import pytest

from cambench.errors import InputError
from cambench.store import tables, written

EVERY = 7  # bits from one flip to the next


@pytest.fixture
def listed():
    rows = range(40)
    digests = [f"{number:064x}" for number in rows]
    return pl.DataFrame({"image": rows, "path": [f"{n}.png" for n in rows], "label": rows, "sha256": digests})


@pytest.fixture
def file(tmp_path, listed):
    tables.write(tmp_path / "manifest.parquet", listed, "0123456789abcdef")
    return tmp_path / "manifest.parquet"


def line(file, what="damaged"):
    return "^" + re.escape(f"{file}: {what}; mend: rm {file}, then run again") + "$"


def test_what_is_written_is_read(file, listed):
    assert tables.read(file).equals(listed)
    assert tables.read(str(file), ["label"]).equals(listed.select("label"))
    assert tables.scan(file).collect().equals(listed)
    assert pl.read_parquet(file).equals(listed)


def test_the_digest_is_that_of_the_bytes(file):
    digest = pl.read_parquet_metadata(file)["cambench_sha256"].encode()
    data = file.read_bytes()
    assert hashlib.sha256(data.replace(digest, b"0" * 64)).hexdigest().encode() == digest


def test_equal_tables_give_equal_bytes(tmp_path, file, listed):
    tables.write(tmp_path / "again", listed.clone(), "0123456789abcdef")
    assert (tmp_path / "again").read_bytes() == file.read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["again", "manifest.parquet"]


def test_every_bit_counts(file, listed):
    data = file.read_bytes()
    for bit in range(0, 8 * len(data), EVERY):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        file.write_bytes(flipped)
        with pytest.raises(InputError, match=line(file)):
            tables.read(file)


@pytest.mark.parametrize("kept", [0, 3, 8, 100, -1, -30])
def test_a_table_cut_off(file, kept):
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(InputError, match=line(file)):
        tables.read(file)
    with pytest.raises(InputError, match=line(file)):
        tables.scan(file)


def test_a_table_written_by_others(file, listed):
    listed.write_parquet(file)
    with pytest.raises(InputError, match=line(file)):
        tables.read(file)


def test_a_table_longer_than_a_part(tmp_path):
    """Its digest is that of all its parts, wherever in one of them the digits lie."""
    numbers = np.random.default_rng(0).normal(size=300_000)
    table = pl.DataFrame({"a": numbers})
    tables.write(tmp_path / "long", table)
    assert tables.read(tmp_path / "long").equals(table)
    tables.write(tmp_path / "lazy", pl.concat([tables.scan(tmp_path / "long")] * 2))
    assert tables.read(tmp_path / "lazy").equals(pl.concat([table, table]))
    with (tmp_path / "lazy").open("r+b") as opened:
        opened.seek(3_000_000)
        opened.write(b"damage")
    with pytest.raises(InputError, match="damaged"):
        tables.read(tmp_path / "lazy")


def test_settings_are_compared_where_they_matter(file):
    assert len(tables.read(file, settings="0123456789abcdef")) == 40
    with pytest.raises(InputError, match=line(file, "made with other settings")):
        tables.read(file, settings="fedcba9876543210")
    with pytest.raises(InputError, match=line(file, "made with other settings")):
        tables.scan(file, settings="fedcba9876543210")


def test_a_lost_table_is_not_a_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        tables.read(tmp_path / "none")


def test_a_csv_table_is_held_against_its_jobs_log(tmp_path):
    """One that is cut off at the end of a line is still a table."""
    table, log = tmp_path / "tables/ranks.csv", tmp_path / "logs/summary.log"
    for file in (table, log):
        file.parent.mkdir()
    table.write_text("method,rank\ngradcam,1\nscorecam,2\n")
    log.write_text(written.lines(tmp_path, [table]))
    expected = pl.DataFrame({"method": ["gradcam", "scorecam"], "rank": [1, 2]})
    assert tables.read_csv(table, tmp_path).equals(expected)
    table.write_text("method,rank\ngradcam,1\n")
    with pytest.raises(InputError, match=line(table, "not what its job wrote")):
        tables.read_csv(str(table), tmp_path)
    log.unlink()
    assert len(tables.read_csv(table, tmp_path)) == 1
    for text in ("", "method,rank\ngradcam,1,2\n"):
        table.write_text(text)
        with pytest.raises(InputError, match=line(table)):
            tables.read_csv(table, tmp_path)
