import json

from cambench.images import names
from cambench.job import job
from cambench.store import files, network, tables

with job(snakemake) as run:  # noqa: F821
    own = dict(map(network.class_names, run.input.networks))
    listed = tables.read(run.input.manifest, ["path", "label"])
    folders = names.of_folders(listed) if run.params.folders else None
    files.write_atomically(run.output[0], json.dumps(names.chosen(own, run.params.files, folders)))
