rule adcc_figure:
    input:
        after_manifest,
        summary=f"{RESULTS}/tables/summary.parquet",
    output:
        report(f"{RESULTS}/figures/adcc.svg", category="Figures"),
    log:
        f"{RESULTS}/logs/adcc_figure.log",
    benchmark:
        f"{RESULTS}/benchmarks/adcc_figure.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        models=titles("models"),
        methods=titles("methods"),
        code=provenance.code_digest("figures", adapter="adcc_figure"),
    script:
        "../scripts/adcc_figure.py"


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
        code=provenance.code_digest("gallery", adapter="gallery"),
    script:
        "../scripts/gallery.py"
