rule figures:
    input:
        after_manifest,
        summary=f"{RESULTS}/tables/summary.parquet",
        comparison=[f"{RESULTS}/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall")],
    output:
        **{
            name: report(f"{RESULTS}/figures/{name}.svg", category="Figures")
            for name in ("adcc", "fooled", "pairwise", "ranks")
        },
    log:
        f"{RESULTS}/logs/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        models=titles("models"),
        methods=titles("methods"),
        trivial=[label for label, block in config["methods"].items() if block["method"] == "fakecam"],
        code=provenance.code_digest("figures", "comparison_figures", "store", adapter="figures"),
    script:
        "../scripts/figures.py"


rule curve_figure:
    input:
        after_manifest,
        curves=[layout.metadata(store("curves", *pair), "curves")[0] for pair in PAIRS],
    output:
        report(f"{RESULTS}/figures/curves.svg", category="Figures"),
    log:
        f"{RESULTS}/logs/curve_figure.log",
    benchmark:
        f"{RESULTS}/benchmarks/curve_figure.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        curves={" ".join(pair): store("curves", *pair) for pair in PAIRS},
        models=titles("models"),
        methods=titles("methods"),
        code=provenance.code_digest("curve_figure", "store", adapter="curve_figure"),
    script:
        "../scripts/curve_figure.py"


rule gallery:
    input:
        after_manifest,
        metrics=f"{RESULTS}/metrics.parquet",
        images=[layout.metadata(store("images", model=model), "images")[0] for model in config["models"]],
        saliency=[layout.metadata(store("saliency", *pair), "saliency")[0] for pair in PAIRS],
    output:
        report(f"{RESULTS}/figures/gallery.png", category="Figures"),
    log:
        f"{RESULTS}/logs/gallery.log",
    benchmark:
        f"{RESULTS}/benchmarks/gallery.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        images=[store("images", model=model) for model in config["models"]],
        saliency={" ".join(pair): store("saliency", *pair) for pair in PAIRS},
        relu={label: method_facts(label).relu for label in config["methods"]},
        order=config["masking"]["order"],
        models=titles("models"),
        methods=titles("methods"),
        wanted=config["figures"]["gallery_images"],
        code=provenance.code_digest("gallery", "store", adapter="gallery"),
    script:
        "../scripts/gallery.py"
