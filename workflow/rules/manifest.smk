# Every other job follows the rows of the manifest (through `params`), not its date: images that are appended leave the
# shards before them alone. Hence `ancient` where a job reads it.
checkpoint manifest:
    """List the images: check every file, and report those that are no images."""
    input:
        unpack(plan.pilot.for_manifest),
    output:
        manifest=plan.files.kept("<results>/manifest.parquet"),
        rejected="<results>/rejected.parquet",
    log:
        "<results>/logs/manifest.log",
    benchmark:
        "<results>/benchmarks/manifest.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 4
    params:
        dataset=plan.settings.dataset(),
        listing=plan.run.listing,
        mark=plan.run.mark,
        code=plan.code("manifest"),
    script:
        "../scripts/manifest.py"
