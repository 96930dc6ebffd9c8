"""What a run was made with, and whether it still is what it was."""

from types import SimpleNamespace

STAGES = (
    "manifest",
    "images",
    "networks",
    "predictions",
    "saliency",
    "masked",
    "curves",
    "metrics",
    "tables",
    "comparison",
)


def expected(stage, which):
    """What a finished store has to be."""
    model, method, w = which.get("model"), which.get("method"), SimpleNamespace(**which)
    preprocessing = config["models"][model]["preprocessing"] if model else PREPROCESSING[which["preprocessing"]]
    return {
        **{"stage": stage, "root": store(stage, **which), "model": model, "method": method},
        **{"size": sizes(method)[stage], "pixels": [preprocessing["crop"]] * 2, "attributes": attributes(stage)(w)},
        "resolution": resolution_of(method) if method else "layer",
        "second": has_second_map(w) if method else True,
        "points": len(curve_points(w)) if model else 0,
    }


def recorded_files():
    """Every file whose digest a run records; stores record those of their chunks."""
    makers = [rules.tables, rules.comparison, rules.figures, *[rules.published] * bool(PUBLISHED)]
    tables = [str(path) for maker in makers for path in maker.output]
    metadata = [path for stage, which in all_stores() for path in layout.metadata(store(stage, **which), stage)]
    metrics = [f"{RESULTS}/metrics/{model}/{method}.parquet" for model, method in PAIRS]
    own = [f"{RESULTS}/{name}.parquet" for name in ("manifest", "rejected", "metrics")]
    return sorted({*own, *metrics, *metadata, *tables, *TABLES, *FIGURES, *NETWORKS, f"{RESULTS}/report/index.html"})


rule provenance:
    input:
        after_manifest,
        tables=TABLES,
        figures=FIGURES,
        report=f"{RESULTS}/report/index.html",
        metrics=f"{RESULTS}/metrics.parquet",
        networks=NETWORKS,
        stores=ROOTS,
    output:
        record=f"{RESULTS}/provenance.json",
        crate=f"{RESULTS}/ro-crate-metadata.json",
    log:
        f"{RESULTS}/logs/provenance.log",
    benchmark:
        f"{RESULTS}/benchmarks/provenance.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        results=RESULTS,
        source=str(workflow.basedir),
        files=lambda w: recorded_files(),
        config=config,
        modules={
            name: provenance.code_digest(name)
            for name in [*STAGES, *sorted({f"methods.{block['method']}" for block in config["methods"].values()})]
        },
        code=provenance.code_digest("record", "store", adapter="provenance"),
    script:
        "../scripts/provenance.py"


# No input, so that nothing is made before it is looked at, and no output: `snakemake verify`.
rule verify:
    log:
        f"{RESULTS}/logs/verify.log",
    conda:
        "../../envs/tables.yaml"
    threads: 2
    params:
        results=RESULTS,
        root=lambda w: str(datasets.root(config["dataset"])),
        stores=lambda w: [expected(stage, which) for stage, which in all_stores()],
    script:
        "../scripts/verify.py"
