"""Versions of the packages that decide a number."""

from importlib import metadata

from .. import __version__

_RECORDED = ("numpy", "polars", "torch", "torchvision", "timm", "transformers", "zarr", "snakemake")


def versions() -> dict[str, str]:
    """By package, where it is installed."""
    found = {"cambench": __version__}
    for name in _RECORDED:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found
