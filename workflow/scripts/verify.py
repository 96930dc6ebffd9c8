import sys
from functools import partial
from pathlib import Path

from cambench.job import job
from cambench.provenance import command, defects
from cambench.provenance.verify import verify
from cambench.shards import Cut, by_stage

with job(snakemake) as run:  # noqa: F821
    p = run.params
    results, cut = Path(p.results), partial(by_stage, run.config, Cut(**p.cut))
    found = verify(results, Path(p.root), p.stores, p.files, p.made, cut, run.threads, run.expect, run.advance)
    lines = defects.lines(found, command.elsewhere(without="verify"))
    print("\n".join(lines) or f"{p.results}: no defect")
    sys.exit(bool(lines))
