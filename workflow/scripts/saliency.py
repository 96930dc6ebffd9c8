from cambench import layout, networks, registry, saliency
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    probe = networks.open_probe(run.wildcards.model, run.params.model, run.compute, run.threads)
    method, settings = run.params.method["method"], run.params.method["settings"]
    cam, batch = registry.load(method), registry.images_at_once(method, run.compute["batch"])
    pixels, seeds = run.lazy("images", "pixels"), run.read("images", "seed")
    classes = run.read("predictions", "target")
    shape = layout.map_shape(run.network, run.params.resolution)
    run.write("saliency", saliency.explain(probe, cam, pixels, classes, seeds, batch, settings, shape, run.rows[0]))
