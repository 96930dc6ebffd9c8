from cambench import layout, networks, registry, saliency
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    cam, settings = registry.load(run.params.method["method"]), run.params.method["settings"]
    pixels, seeds = run.read("images", "pixels"), run.read("images", "seed")
    classes, batch = run.read("predictions", "target"), run.compute["batch"]
    shape = layout.map_shape(run.network, run.params.resolution)
    maps = saliency.explain(probe, cam, pixels, classes, seeds, batch, settings, shape, run.advance)
    run.write("saliency", maps)
