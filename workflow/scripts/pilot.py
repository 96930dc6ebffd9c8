from pathlib import Path

from cambench.images import manifest, sample, sources
from cambench.job import job
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    settings, output = run.params.dataset, run.output[0]
    drawn = sample.Sample(**run.params.drawn)
    run.expect(drawn.images)
    earlier = manifest.read(Path(output))
    limits = manifest.Limits(settings["min_side"], settings["max_pixels"])
    found, root = sources.find(settings), sources.root(settings)
    listed, _ = manifest.build(found, root, earlier, limits, run.threads, run.advance, drawn)
    tables.write(output, listed, run.params.mark)
