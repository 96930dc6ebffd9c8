import sys
from pathlib import Path

from cambench.job import job
from cambench.provenance.command import command
from cambench.provenance.verify import verify

with job(snakemake) as run:  # noqa: F821
    defects = verify(run.results, Path(run.params.root), run.params.stores, run.threads, run.expect, run.advance)
    again = command(without="verify")
    lines = [defect.line(again) for defect in defects]
    print("\n".join(lines) or f"{run.results}: no defect")
    sys.exit(bool(lines))
