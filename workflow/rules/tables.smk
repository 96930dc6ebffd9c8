rule tables:
    input:
        after_manifest,
        metrics=f"{RESULTS}/metrics.parquet",
    output:
        **{Path(path).suffix[1:]: path for path in TABLES},
    log:
        f"{RESULTS}/logs/tables.log",
    benchmark:
        f"{RESULTS}/benchmarks/tables.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        bootstrap=config["tables"],
        models=titles("models"),
        methods=titles("methods"),
        target=config["target"],
        masking=config["masking"],
        precision=config["compute"]["precision"],
        rejected=lambda w: rejected_count(),
        code=provenance.code_digest("tables", "formats", adapter="tables"),
    script:
        "../scripts/tables.py"
