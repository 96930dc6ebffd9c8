# Every other job follows the rows of the manifest (through `params`), not its date: images that are appended
# leave the shards before them alone.
checkpoint manifest:
    output:
        manifest=update(f"{RESULTS}/manifest.parquet"),
        rejected=f"{RESULTS}/rejected.parquet",
    log:
        f"{RESULTS}/logs/manifest.log",
    benchmark:
        f"{RESULTS}/benchmarks/manifest.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 4
    params:
        dataset=config["dataset"],
        listing=lambda w: listing(),
        code=provenance.code_digest("manifest", "datasets", adapter="manifest"),
    script:
        "../scripts/manifest.py"
