rule objects:
    """Put the boxes or masks of all images through the resize and crop of a preprocessing, for metrics that ask where objects are."""
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
        kind=plan.objects.kind,
        place=plan.objects.place,
        preprocessing=plan.settings.preprocessing,
        listed=plan.objects.listed,
        made=plan.objects.made,
        code=plan.code("objects"),
    script:
        "../scripts/objects.py"


rule objects_figure:
    """Where the objects of some images lie, as the networks see them, for a check by eye."""
    input:
        plan.run.after_manifest,
        unpack(plan.pictures.located),
        manifest=ancient("<results>/manifest.parquet"),
        networks=plan.files.networks,
    output:
        report("<results>/figures/objects.png", category="Figures"),
        "<results>/figures/objects.pdf",
    log:
        "<results>/logs/objects_figure.log",
    benchmark:
        "<results>/benchmarks/objects_figure.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        images=plan.run.images,
        shown=plan.pictures.located_rows,
        shards=plan.run.all_shards,
        seeing=plan.pictures.seeing,
        method=plan.run.methods[0],
        objects=plan.pictures.objects,
        made=plan.made.of_pairs("images"),
        code=plan.code("objects_figure"),
    script:
        "../scripts/objects_figure.py"
