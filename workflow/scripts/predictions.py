from cambench import networks, predictions
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    pixels, labels = run.lazy("images", "pixels"), run.read("images", "label")
    batch = run.compute["batch"]
    run.write("predictions", predictions.predict(probe, pixels, labels, run.params.target, batch))
