import sys
from pathlib import Path

from cambench.job import job
from cambench.provenance import command, defects
from cambench.provenance.verify import verify

with job(snakemake) as run:  # noqa: F821
    p = run.params
    found = verify(Path(p.results), Path(p.root), p.stores, p.files, p.made, run.threads, run.expect, run.advance)
    lines = defects.lines(found, command.elsewhere(without="verify"))
    print("\n".join(lines) or f"{p.results}: no defect")
    sys.exit(bool(lines))
