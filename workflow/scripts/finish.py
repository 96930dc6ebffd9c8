from pathlib import Path

from cambench import layout, store
from cambench.job import job
from cambench.provenance import versions

with job(snakemake) as run:  # noqa: F821
    p, root = run.params, Path(run.output[0]).parent
    pixels = run.network.get("input") or p.pixels
    tail = [*pixels, 3] if p.stage == "images" else layout.map_shape(run.network, p.get("resolution", "input"))
    attributes = {**p.attributes, "network": run.network, "stage": p.stage, "code": p.code, "versions": versions()}
    store.finish(root, p.stage, p.images, p.sizes[p.stage], tail, pixels, attributes)
