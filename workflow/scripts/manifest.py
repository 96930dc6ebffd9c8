from pathlib import Path

import polars as pl

from cambench import datasets, manifest, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    settings, output = run.params.dataset, run.output
    found = datasets.find(settings)
    run.expect(len(found))
    earlier = pl.read_parquet(output.manifest) if Path(output.manifest).exists() else None
    root, side = datasets.root(settings), settings["min_side"]
    listed, rejected = manifest.build(found, root, earlier, side, run.threads, run.advance)
    store.write_parquet(output.manifest, listed)
    store.write_parquet(output.rejected, rejected)
