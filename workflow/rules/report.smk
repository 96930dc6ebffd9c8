rule report:
    input:
        after_manifest,
        **{name: path for name, path in REPORTED.items()},
        figures=FIGURES,
        networks=NETWORKS,
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
        tables=list(REPORTED),
        rejected=f"{RESULTS}/rejected.parquet",
        code=provenance.code_digest("report", adapter="report"),
    script:
        "../scripts/report.py"
