rule objects:
    """Put the boxes of all images through the resize and crop of a preprocessing, for metrics that ask where objects are."""
    input:
        manifest=ancient("<results>/manifest.parquet"),
    output:
        "<results>/objects/{preprocessing}.parquet",
    log:
        "<results>/logs/objects/{preprocessing}.log",
    benchmark:
        "<results>/benchmarks/objects/{preprocessing}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        boxes=plan.objects.boxes,
        preprocessing=plan.settings.preprocessing,
        listed=plan.objects.listed,
        made=plan.objects.made,
        code=plan.code("objects"),
    script:
        "../scripts/objects.py"
