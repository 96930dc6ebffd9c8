"""A hundred random defects in a finished run: `verify` finds all of them, and its command mends them in one round.

CAMBENCH_SEED repeats the defects of a run whose tests failed; CAMBENCH_ROUNDS asks for more than two rounds of fifty.
"""

import json
import os
import random

import pytest
from running import mend, verify

from cambench.provenance import evidence

SEED = int(os.environ.get("CAMBENCH_SEED", random.randrange(10**6)))
ROUNDS, DEFECTS = int(os.environ.get("CAMBENCH_ROUNDS", 2)), 50


def files(project):
    """What the run made, by name; but for logs and times."""
    found = {path.relative_to(project.results).as_posix(): path for path in project.results.rglob("*")}
    return {
        name: path
        for name, path in sorted(found.items())
        if path.is_file() and not name.startswith(("logs/", "benchmarks/"))
    }


def flip(chance, here, others):
    data = bytearray(here.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    here.write_bytes(data)


def truncate(chance, here, others):
    data = here.read_bytes()
    here.write_bytes(data[: chance.randrange(len(data))])


def delete(chance, here, others):
    here.unlink()


def swap(chance, here, others):
    there = chance.choice([path for path in others if path.exists() and path != here])
    first, second = here.read_bytes(), there.read_bytes()
    here.write_bytes(second)
    there.write_bytes(first)


def forge(chance, here, others):
    """Another digest in one of the records: the run's, sealed anew if it is whole, its crate's, or an array's."""
    name = chance.choice(["provenance.json", "ro-crate-metadata.json", "zarr.json"])
    record = chance.choice([path for path in others if path.name == name] or [here])
    if not record.exists():
        return
    text = record.read_text(errors="replace")
    words = [word for word in text.split('"') if len(word) in (16, 64) and set(word) <= set("0123456789abcdef")]
    if words:
        word = chance.choice(words)
        record.write_text(text.replace(word, f"{chance.getrandbits(4 * len(word)):0{len(word)}x}"))
    if name == "provenance.json" and chance.random() < 0.5:
        seal_anew(record)


def seal_anew(record):
    try:
        content = json.loads(record.read_text())
        content.pop("sha256", None)
    except (ValueError, AttributeError):
        return
    record.write_text(json.dumps(evidence.sealed(content), indent=2))


def plant(chance, project):
    """One defect; every other one leaves the dates as they were."""
    found = list(files(project).values())
    here = chance.choice([path for path in found if path.stat().st_size])
    dates = {path: path.stat() for path in found}
    chance.choice([flip, truncate, delete, swap, forge])(chance, here, found)
    if chance.random() < 0.5:
        for path, date in dates.items():
            if path.exists():
                os.utime(path, ns=(date.st_atime_ns, date.st_mtime_ns))


@pytest.mark.long
@pytest.mark.parametrize("number", range(ROUNDS))
def test_random_defects_are_found_and_mended(small_copy, tmp_path, number):
    print(f"CAMBENCH_SEED={SEED}")
    chance, tables = random.Random(SEED + number), small_copy.tables()
    before = {name: path.read_bytes() for name, path in files(small_copy).items()}
    for _ in range(DEFECTS):
        plant(chance, small_copy)
    after = {name: path.read_bytes() for name, path in files(small_copy).items()}
    changed = {f"results/test/{name}" for name in before if after.get(name) != before[name]}
    assert len(changed) > DEFECTS / 2
    lines, _ = verify(small_copy)
    assert changed <= {line.partition(": ")[0] for line in lines}
    mend(lines, tmp_path)
    assert verify(small_copy) == (["results/test: no defect"], 0)
    assert small_copy.tables() == tables
    assert small_copy.planned() == {}
