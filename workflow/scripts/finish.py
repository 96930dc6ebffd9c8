from pathlib import Path

from cambench import layout, store
from cambench.job import job
from cambench.provenance import versions

with job(snakemake) as run:  # noqa: F821
    p, root = run.params, Path(run.output[0]).parent
    pixels = run.network.get("input") or p.pixels
    shape = layout.map_shape({"input": pixels, **run.network}, p.get("resolution", "input"))
    axes = layout.axes(pixels, shape, run.points)
    attributes = {**p.attributes, "network": run.network, "stage": p.stage, "code": p.code, "versions": versions()}
    store.finish(root, p.stage, p.images, p.sizes[p.stage], axes, attributes)
