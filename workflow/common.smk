"""What the rules share: names of the run, shards, input functions, digests of settings."""

import functools
import hashlib
import os
import shutil
from pathlib import Path

import polars as pl
from cambench import datasets, layout, precomputed, provenance, registry

RESULTS = f"results/{config['run']}"
PREPROCESSING = {layout.preprocessing_name(m["preprocessing"]): m["preprocessing"] for m in config["models"].values()}
PAIRS = [(model, method) for model in config["models"] for method in config["methods"]]
NETWORKS = [f"{RESULTS}/networks/{model}.json" for model in config["models"]]
BOOTSTRAP = {key: config["tables"][key] for key in ("resamples", "confidence", "seed")}
WITH_CURVES, PUBLISHED = config["curves"]["enabled"], config["tables"].get("published")
PIXELS_PER_STEP = config["curves"]["pixels_per_step"] if WITH_CURVES else None
REPORTED = {name: f"{RESULTS}/tables/{name}.html" for name in ["summary", "paper", *["published"] * bool(PUBLISHED)]}
REPORTED["cost"] = f"{RESULTS}/tables/cost.csv"
TABLES = [*REPORTED.values(), f"{RESULTS}/tables/pairwise.csv"]
FIGURES = [
    f"{RESULTS}/figures/{name}" for name in ("gallery.png", "adcc.svg", "fooled.svg", "pairwise.svg", "ranks.svg")
]
FIGURES += [f"{RESULTS}/figures/curves.svg"] * WITH_CURVES


wildcard_constraints:
    model="[^/]+",
    method="[^/]+",
    preprocessing="[^/]+",
    shard=r"\d+",


@functools.cache
def read_manifest(path, changed):
    try:
        return pl.read_parquet(path, columns=["label", "sha256"])
    except (pl.exceptions.PolarsError, OSError):
        refuse_if([f"{path}: damaged; mend: rm {path}, then run again"])


def manifest():
    """The manifest, once it is made: until then Snakemake plans it and asks again."""
    path = checkpoints.manifest.get().output.manifest
    return read_manifest(path, os.stat(path).st_mtime_ns)


def rejected_count():
    manifest()
    return len(pl.read_parquet(checkpoints.manifest.get().output.rejected))


def after_manifest(wildcards):
    """No input file, but not before the manifest: jobs follow its rows, not its date."""
    manifest()
    return []


def content(rows):
    """Digest of some rows of the manifest, so that appended images leave other shards alone."""
    block = manifest()[rows[0] : rows[1]]
    return hashlib.sha256(block.write_csv().encode()).hexdigest()[:16]


def method_facts(label):
    return registry.facts(config["methods"][label]["method"])


def method_module(label):
    return f"methods.{config['methods'][label]['method']}"


@functools.cache
def sizes(label=None):
    """Rows a chunk, by stage; those of maps depend on what the method costs."""
    rows = config["shards"]["images"]
    if label is None:
        return {"images": rows, "predictions": rows}
    costly = config["shards"]["costly"] if method_facts(label).costly else rows
    own = config["methods"][label].get("shard", min(costly, rows))
    return {"images": rows, "predictions": rows, "saliency": own, "masked": own, "curves": config["shards"]["curves"]}


def store(stage, model=None, method=None, preprocessing=None):
    """Path of a store."""
    if stage == "images":
        names = [preprocessing or layout.preprocessing_name(config["models"][model]["preprocessing"])]
    else:
        names = [model] if stage == "predictions" else [model, method]
    return f"{Path(RESULTS, stage, *names)}.zarr"


def rows_of(stage, wildcards):
    """The rows of a job: those of its shard, or all."""
    images = len(manifest())
    if not hasattr(wildcards, "shard"):
        return [0, images]
    size = sizes(getattr(wildcards, "method", None))[stage]
    return list(layout.shard_rows(int(wildcards.shard), size, images))


def needs(stage, *names):
    """Input function: chunk files of `stage.variable` that cover the rows of a job of `stage`."""

    def function(wildcards):
        rows, method = rows_of(stage, wildcards), getattr(wildcards, "method", None)
        found = {}
        for source, variable in (name.split(".") for name in names):
            root = store(source, wildcards.model, method)
            shards = layout.covering(rows, sizes(method)[source])
            paths = [layout.chunk(root, source, variable, shard) for shard in shards]
            found[f"{source}_{variable}"] = paths if len(paths) > 1 else paths[0]  # a list costs Snakemake a kilobyte
        return found

    return function


def all_chunks(stage, model=None, method=None, preprocessing=None):
    """Every chunk file of a store."""
    shards = range(layout.shard_count(len(manifest()), sizes(method)[stage]))
    root = store(stage, model, method, preprocessing)
    return [path for shard in shards for path in layout.chunks(root, stage, shard).values()]


def all_stores():
    """Every store of a run: its stage, and what it is of."""
    stores = [("images", dict(preprocessing=name)) for name in PREPROCESSING]
    stores += [("predictions", dict(model=model)) for model in config["models"]]
    stages = ["saliency", "masked", *["curves"] * WITH_CURVES]
    return stores + [(stage, dict(model=m, method=k)) for stage in stages for m, k in PAIRS]


ROOTS = [layout.metadata(store(stage, **which), stage)[0] for stage, which in all_stores()]


def everything(wildcards):
    """Every store, and the chunk files that a finished one lost: Snakemake makes no lost file that nobody asks for."""
    finished = [(stage, which) for (stage, which), root in zip(all_stores(), ROOTS) if Path(root).exists()]
    chunks = [path for stage, which in finished for path in all_chunks(stage, **which)]
    return ROOTS + [path for path in chunks if not Path(path).exists()]


include: "settings.smk"
include: "resources.smk"
