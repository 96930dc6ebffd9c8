rule images:
    """Decode images, resized and cropped, into a Zarr store; networks that preprocess alike share it."""
    input:
        manifest=plan.pilot.listing("images"),
    output:
        **plan.files.outputs("images"),
    log:
        "<results>/logs/images/{preprocessing}/{shard}.log",
    benchmark:
        "<results>/benchmarks/images/{preprocessing}/{shard}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        preprocessing=plan.settings.preprocessing,
        rows=plan.run.rows("images"),
        content=plan.run.content("images"),
        shards=plan.run.shards(),
        root=plan.settings.root,  # Snakemake would fill in braces of a text
        made=plan.made.of("images"),
        code=plan.code("images"),
    script:
        "../scripts/images.py"
