from pathlib import Path

from cambench import datasets, manifest, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    settings, output = run.params.dataset, run.output
    found = datasets.find(settings)
    run.expect(len(found))
    earlier = manifest.read(Path(output.manifest))
    root, limits = datasets.root(settings), (settings["min_side"], settings["max_pixels"])
    listed, rejected = manifest.build(found, root, earlier, *limits, run.threads, run.advance)
    store.write_parquet(output.manifest, listed)
    store.write_parquet(output.rejected, rejected)
