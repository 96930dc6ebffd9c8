from pathlib import Path

from cambench.job import job
from cambench.provenance.versions import versions
from cambench.store import writer, written

with job(snakemake) as run:  # noqa: F821
    p, spec = run.params, run.params.store
    made = {"network": run.network or {}, "stage": spec["stage"], "code": p.code, "versions": versions()}
    attributes = {**spec["attributes"], **made}
    said = written.every(run.results, "/".join([spec["stage"], *spec["names"]])) if p.at_hand else {}
    writer.finish(Path(run.output[0]).parent, spec, p.images, run.shapes, attributes, said)
