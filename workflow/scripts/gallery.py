import polars as pl

from cambench.job import job
from cambench.masks import Masking, masks
from cambench.report.figures import gallery, style
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    p = run.params
    frame = tables.scan(run.input.metrics, p.table).filter(pl.col("image").is_in(p.shown)).collect()

    def pixels(network, image):
        return run.reader(network, next(iter(p.methods)))("images.pixels")[image : image + 1][0]

    def mask(network, method, image):
        raw = run.reader(network, method)("saliency.raw")[image : image + 1]
        return masks(raw, run.networks[network]["input"], Masking(**p.scaling[method]))[0]

    names = files.read_json(run.input.classes, p.networks)
    style.save(gallery.draw(frame, p.networks, p.methods, pixels, mask, p.shown, names), *run.output)
