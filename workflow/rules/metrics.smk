rule metrics:
    input:
        unpack(
            needs(
                "metrics",
                "images.label",
                "predictions.target",
                "predictions.predicted",
                "predictions.probability",
                "saliency.raw",
                "masked.raw",
                "masked.probability",
                "masked.passes",
                "saliency.passes",
                *["curves.deletion", "curves.insertion", "curves.passes"] * WITH_CURVES,
            )
        ),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        f"{RESULTS}/metrics/{{model}}/{{method}}.parquet",
    log:
        f"{RESULTS}/logs/metrics/{{model}}/{{method}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/metrics/{{model}}/{{method}}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        rows=lambda w: rows_of("metrics", w),
        sizes=lambda w: sizes(w.method),
        resolution=resolution,
        second=has_second_map,
        relu=lambda w: method_facts(w.method).relu,
        order=config["masking"]["order"],
        pixels_per_step=PIXELS_PER_STEP,
        area=config["curves"]["area"] if WITH_CURVES else None,
        code=provenance.code_digest("metrics", "store", adapter="metrics"),
    script:
        "../scripts/metrics.py"


rule collect:
    input:
        after_manifest,
        tables=[f"{RESULTS}/metrics/{model}/{method}.parquet" for model, method in PAIRS],
    output:
        f"{RESULTS}/metrics.parquet",
    log:
        f"{RESULTS}/logs/collect.log",
    benchmark:
        f"{RESULTS}/benchmarks/collect.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        code=provenance.code_digest("tables", "store", adapter="collect"),
    script:
        "../scripts/collect.py"
