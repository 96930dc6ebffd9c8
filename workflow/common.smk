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
            found[f"{source}_{variable}"] = [layout.chunk(root, source, variable, shard) for shard in shards]
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
    """All that a run makes, chunk files too, so that one that is deleted is made again."""
    return ROOTS + [path for stage, which in all_stores() for path in all_chunks(stage, **which)]


def model_settings(wildcards):
    """What decides a network's answers: its title does not, the contents of its files do."""
    model = config["models"][wildcards.model]
    block = {key: value for key, value in model.items() if key != "title"}
    source = provenance.source_digest(model["factory"].partition(":")[0]) if "factory" in model else None
    digests = {"weights_digest": weights_digest(model), "source_digest": source}
    return {**block, **digests, "precision": config["compute"]["precision"]}


def method_settings(wildcards):
    """What decides a method's maps; of precomputed ones, the contents of their files."""
    block = config["methods"][wildcards.method]
    settings = block["settings"]
    if method_facts(wildcards.method).resolution != "file":
        return {"method": block["method"], "settings": settings}
    digests = [provenance.tree_digest(Path(settings[key]), CACHE) for key in ("path", "masked") if settings.get(key)]
    settings = {**settings, "manifest": f"{RESULTS}/manifest.parquet"}
    return {"method": block["method"], "settings": settings, "files": digests}


def resolution_of(label):
    """Size of a method's maps: of the layer, of the input, or [h, w] of a file's."""
    facts = method_facts(label)
    if facts.resolution != "file":
        return facts.resolution
    return list(precomputed.shape(config["methods"][label]["settings"]["path"])[1:])


def resolution(wildcards):
    return resolution_of(wildcards.method)


def has_second_map(wildcards):
    """Whether there are maps of the masked inputs, without which there is no coherency."""
    block = config["methods"][wildcards.method]
    return method_facts(wildcards.method).resolution != "file" or bool(block["settings"].get("masked"))


def curve_settings():
    """What decides a curve; how its area is taken does not."""
    return {key: config["curves"][key] for key in ("pixels_per_step", "deletion", "insertion")}


def attributes(stage):
    """Input function: the settings that a store was made with, which it carries."""

    def function(wildcards):
        if stage == "images":
            return {"preprocessing": PREPROCESSING[wildcards.preprocessing], "dataset": config["dataset"]}
        block = model_settings(wildcards)
        if stage != "predictions":
            block = {"model": block, **method_settings(wildcards)}
        own = {
            "masked": {"masking": config["masking"]},
            "curves": {"order": config["masking"]["order"], "curves": curve_settings()},
        }
        return {"settings": block, "target": config["target"], **own.get(stage, {})}

    return function


def curve_points(wildcards):
    side = config["models"][wildcards.model]["preprocessing"]["crop"]
    return layout.curve_points(side * side, config["curves"]["pixels_per_step"])


def published_files():
    """The published table and the digests of its networks' weights, from here or from beside the Snakefile."""
    if not PUBLISHED:
        return {}
    table = Path(PUBLISHED) if Path(PUBLISHED).exists() else Path(workflow.basedir, PUBLISHED)
    return {"published": str(table), "weights": str(table.with_name("weights.csv"))}


def titles(kind):
    return {name: block.get("title", name) for name, block in config[kind].items()}


def gpus():
    """Whether jobs that run a network should ask for a GPU."""
    device = config["compute"]["device"]
    return int(device.startswith("cuda") or (device == "auto" and shutil.which("nvidia-smi") is not None))
