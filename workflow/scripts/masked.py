from cambench import masked, networks, registry
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    cam, settings = registry.load(run.params.method["method"]), run.params.method["settings"]
    pixels, seeds = run.read("images", "pixels"), run.read("images", "seed")
    classes, batch = run.read("predictions", "target"), run.compute["batch"]
    raw, relu, masking = run.read("saliency", "raw"), run.params.relu, run.params.masking
    found = masked.explain_masked(probe, cam, raw, pixels, classes, seeds, batch, settings, relu, masking, run.advance)
    run.write("masked", found)
