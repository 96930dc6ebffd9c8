from cambench import masked, networks, registry
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    method, settings = run.params.method["method"], run.params.method["settings"]
    cam, batch = registry.load(method), registry.images_at_once(method, run.compute["batch"])
    pixels, seeds = run.lazy("images", "pixels"), run.read("images", "seed")
    classes = run.read("predictions", "target")
    raw, relu, masking, first = run.lazy("saliency", "raw"), run.params.relu, run.params.masking, run.rows[0]
    found = masked.explain_masked(probe, cam, raw, pixels, classes, seeds, batch, settings, relu, masking, first)
    run.write("masked", found)
