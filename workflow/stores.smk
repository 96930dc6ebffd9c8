"""Every store of a run: its path, its chunk files and those that a job needs; what a finished run has to be."""

from types import SimpleNamespace


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


def expected(stage, which):
    """What a finished store has to be."""
    model, method, w = which.get("model"), which.get("method"), SimpleNamespace(**which)
    preprocessing = config["models"][model]["preprocessing"] if model else PREPROCESSING[which["preprocessing"]]
    return {
        **{"stage": stage, "root": store(stage, **which), "model": model, "method": method},
        **{"size": sizes(method)[stage], "pixels": [preprocessing["crop"]] * 2, "attributes": attributes(stage)(w)},
        "resolution": resolution_of(method) if method else "layer",
        "second": has_second_map(w) if method else True,
        "points": len(layout.curve_points(preprocessing["crop"] ** 2, PIXELS_PER_STEP)) if WITH_CURVES else 0,
    }


def recorded_files():
    """Every file whose digest a run records; stores record those of their chunks."""
    makers = [rules.tables, rules.comparison, rules.figures, *[rules.published] * bool(PUBLISHED)]
    tables = [str(path) for maker in makers for path in maker.output]
    metadata = [path for stage, which in all_stores() for path in layout.metadata(store(stage, **which), stage)]
    metrics = [f"{RESULTS}/metrics/{model}/{method}.parquet" for model, method in PAIRS]
    own = [f"{RESULTS}/{name}.parquet" for name in ("manifest", "rejected", "metrics")]
    return sorted({*own, *metrics, *metadata, *tables, *TABLES, *FIGURES, *NETWORKS, f"{RESULTS}/report/index.html"})
