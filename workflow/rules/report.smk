rule report:
    input:
        after_manifest,
        table=f"{RESULTS}/tables/summary.html",
        figures=FIGURES,
        networks=[f"{RESULTS}/networks/{model}.json" for model in config["models"]],
    output:
        report(f"{RESULTS}/report/index.html", category="Report"),
    log:
        f"{RESULTS}/logs/report.log",
    benchmark:
        f"{RESULTS}/benchmarks/report.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        config=config,
        rejected=f"{RESULTS}/rejected.parquet",
        code=provenance.code_digest("report", adapter="report"),
    script:
        "../scripts/report.py"
