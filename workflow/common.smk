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


include: "stores.smk"
include: "settings.smk"
include: "resources.smk"
