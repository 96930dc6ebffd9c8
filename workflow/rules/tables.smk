rule tables:
    input:
        after_manifest,
        metrics=f"{RESULTS}/metrics.parquet",
        networks=NETWORKS,
    output:
        **{f"summary_{kind}": f"{RESULTS}/tables/summary.{kind}" for kind in ("csv", "parquet", "md", "tex", "html")},
        **{f"paper_{kind}": f"{RESULTS}/tables/paper.{kind}" for kind in ("md", "tex", "html")},
    log:
        f"{RESULTS}/logs/tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/tables.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        bootstrap=BOOTSTRAP,
        models=titles("models"),
        methods=titles("methods"),
        target=config["target"],
        masking=config["masking"],
        curves=curve_settings() if WITH_CURVES else None,
        precision=config["compute"]["precision"],
        effect=precision_effect(),
        rejected=lambda w: rejected_count(),
        code=provenance.code_digest("tables", "captions", "views", adapter="tables"),
    script:
        "../scripts/tables.py"


rule comparison:
    input:
        after_manifest,
        metrics=f"{RESULTS}/metrics.parquet",
    output:
        **{name: f"{RESULTS}/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall")},
    log:
        f"{RESULTS}/logs/comparison.log",
    benchmark:
        f"{RESULTS}/benchmarks/comparison.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        bootstrap=BOOTSTRAP,
        models=titles("models"),
        methods=titles("methods"),
        code=provenance.code_digest("comparison", adapter="comparison"),
    script:
        "../scripts/comparison.py"


# Times differ from run to run, so they stand in a table of their own, and the others stay equal to the byte.
rule cost:
    input:
        after_manifest,
        metrics=f"{RESULTS}/metrics.parquet",
        networks=NETWORKS,
    output:
        f"{RESULTS}/tables/cost.csv",
    log:
        f"{RESULTS}/logs/cost.log",
    benchmark:
        f"{RESULTS}/benchmarks/cost.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        benchmarks=f"{RESULTS}/benchmarks",
        sizes={label: sizes(label) for label in config["methods"]},
        code=provenance.code_digest("cost", adapter="cost"),
    script:
        "../scripts/cost.py"


rule published:
    input:
        after_manifest,
        **published_files(),
        summary=f"{RESULTS}/tables/summary.parquet",
        networks=NETWORKS,
    output:
        **{kind: f"{RESULTS}/tables/published.{kind}" for kind in ("csv", "md", "tex", "html")},
    log:
        f"{RESULTS}/logs/published.log",
    benchmark:
        f"{RESULTS}/benchmarks/published.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        models=titles("models"),
        settings={model: published_settings(block) for model, block in config["models"].items()},
        labels={label: block["published"] for label, block in config["methods"].items() if "published" in block},
        code=provenance.code_digest("published", adapter="published"),
    script:
        "../scripts/published.py"
