from cambench.images.labels import known
from cambench.job import job
from cambench.networks.open import open_probe
from cambench.stages import predictions

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    pixels = run.read("images.pixels")
    labels = known(run.read("images.label")[:], run.input.get("manifest"), run.rows)
    target, batch = run.params.target, run.compute["batch"]
    run.write("predictions", predictions.predict(probe, pixels, labels, target, batch, run.shares_activations))
