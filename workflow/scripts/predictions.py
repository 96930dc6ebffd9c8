from cambench.images.labels import known
from cambench.job import job
from cambench.networks.open import open_probe
from cambench.stages import predictions

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network["state"])
    pixels = run.read("images.pixels")
    labels = known(run.read("images.label")[:], run.input.get("manifest"), run.rows)
    run.write("predictions", predictions.predict(probe, pixels, labels, run.params.target, run.compute["batch"]))
