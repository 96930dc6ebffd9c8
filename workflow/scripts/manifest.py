from pathlib import Path

from cambench.images import manifest, sources
from cambench.job import job
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    settings, output = run.params.dataset, run.output
    found = sources.find(settings)
    run.expect(len(found))
    earlier = manifest.read(Path(output.manifest))
    root = sources.root(settings)
    limits = manifest.Limits(settings["min_side"], settings["max_pixels"])
    listed, rejected = manifest.build(found, root, earlier, limits, run.threads, run.advance)
    tables.write(output.manifest, listed)
    tables.write(output.rejected, rejected)
