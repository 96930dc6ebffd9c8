import xarray as xr

from cambench import curve_figure, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821

    def curves(model, method, name):
        with xr.open_zarr(run.params.curves[f"{model} {method}"]) as data:
            read = curve_figure.mean_and_band(lambda rows: data[name][rows].values, data.sizes["image"])
            return data.step.values, *read

    figure = curve_figure.draw(curves, run.params.models, run.params.methods)
    with store.replacing(run.output[0]) as path:
        figure.savefig(path, format="svg", metadata={"Date": None})
