rule images:
    input:
        after_manifest,
    output:
        **layout.chunks(f"{RESULTS}/images/{{preprocessing}}.zarr", "images"),
    log:
        f"{RESULTS}/logs/images/{{preprocessing}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/images/{{preprocessing}}/{{shard}}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        preprocessing=lambda w: {
            key: PREPROCESSING[w.preprocessing][key] for key in ("resize", "crop", "interpolation")
        },
        rows=lambda w: rows_of("images", w),
        content=lambda w: content(rows_of("images", w)),
        sizes=sizes(),
        manifest=f"{RESULTS}/manifest.parquet",
        root=str(datasets.root(config["dataset"])),
        code=provenance.code_digest("images", "store", adapter="images"),
    script:
        "../scripts/images.py"


rule images_store:
    input:
        lambda w: all_chunks("images", preprocessing=w.preprocessing),
    output:
        layout.metadata(f"{RESULTS}/images/{{preprocessing}}.zarr", "images"),
    log:
        f"{RESULTS}/logs/images/{{preprocessing}}/store.log",
    benchmark:
        f"{RESULTS}/benchmarks/images/{{preprocessing}}/store.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        stage="images",
        images=lambda w: len(manifest()),
        sizes=sizes(),
        pixels=lambda w: [PREPROCESSING[w.preprocessing]["crop"]] * 2,
        attributes=attributes("images"),
        code=provenance.code_digest("store", adapter="finish"),
    script:
        "../scripts/finish.py"
