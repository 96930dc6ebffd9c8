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
