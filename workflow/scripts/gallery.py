import polars as pl
import xarray as xr

from cambench import gallery, scaling, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p = run.params
    images = {model: xr.open_zarr(path).pixels for model, path in zip(p.models, p.images, strict=True)}
    maps = {pair: xr.open_zarr(path).raw for pair, path in p.saliency.items()}

    def mask(model, method, image):
        raw, size = maps[f"{model} {method}"][image : image + 1].values, images[model].shape[1:3]
        return scaling.masks(raw, size, p.relu[method], p.order)[0]

    frame = pl.read_parquet(run.input.metrics)
    figure = gallery.draw(frame, p.models, p.methods, lambda m, image: images[m][image].values, mask, p.wanted)
    with store.replacing(run.output[0]) as path:
        figure.savefig(path, format="png", dpi=150)
