import sys
from pathlib import Path

from cambench import provenance, verify
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p = run.params
    defects = verify.verify(p.results, Path(p.root), p.stores, run.threads, run.expect, run.advance)
    again = provenance.command(without="verify")
    lines = [defect.line(again) for defect in defects]
    print("\n".join(lines) or f"{p.results}: no defect")
    sys.exit(bool(lines))
