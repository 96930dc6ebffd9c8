import polars as pl

from cambench.job import job
from cambench.masks import Masking, masks
from cambench.report.figures import gallery, style

with job(snakemake) as run:  # noqa: F821
    p, frame = run.params, pl.read_parquet(run.input.metrics)

    def read(name, network, method, image):
        return run.reader(network, method, (image, image + 1), str(image))(name)[:]

    def pixels(network, image):
        return read("images.pixels", network, next(iter(p.methods)), image)[0]

    def mask(network, method, image):
        raw, size = read("saliency.raw", network, method, image), run.networks[network]["input"]
        return masks(raw, size, Masking(**p.scaling[method]))[0]

    style.save(gallery.draw(frame, p.networks, p.methods, pixels, mask, p.images), run.output[0])
