from cambench import curves, networks
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    pixels, raw = run.lazy("images", "pixels"), run.lazy("saliency", "raw")
    classes, probability = run.read("predictions", "target"), run.read("predictions", "probability")
    settings = run.compute["batch"], run.params.relu, run.params.order, run.params.curves
    run.write("curves", curves.draw(probe, raw, pixels, classes, probability, *settings))
