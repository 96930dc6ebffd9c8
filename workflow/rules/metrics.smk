rule metrics:
    """Measure every image that one method explained: a table with one row per image."""
    input:
        unpack(plan.files.inputs("metrics")),
        unpack(plan.objects.of_metrics),
        network="<results>/networks/{network}.json",
    output:
        "<results>/metrics/{network}/{method}.parquet",
    log:
        "<results>/logs/metrics/{network}/{method}.log",
    benchmark:
        "<results>/benchmarks/metrics/{network}/{method}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        rows=plan.run.rows("metrics"),
        shards=plan.run.shards_of("metrics"),
        resolution=plan.settings.resolution,
        has_masked_maps=plan.settings.has_masked_maps,
        scaling=plan.settings.scaling,
        points=plan.run.points,
        area=plan.settings.area(),
        precision=config["compute"]["precision"],
        metrics=plan.settings.metrics(),
        objects=plan.objects.of_network,
        others=plan.run.reading.further,
        lengths=plan.settings.lengths,
        made=plan.made.of("metrics"),
        code=plan.code_of_metrics("metrics"),
    script:
        "../scripts/metrics.py"


rule collect:
    """Put the tables of all networks and methods into one, `metrics.parquet`."""
    input:
        plan.run.after_manifest,
        tables=plan.files.metrics,
    output:
        "<results>/metrics.parquet",
    log:
        "<results>/logs/collect.log",
    benchmark:
        "<results>/benchmarks/collect.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        made=plan.made.of_pairs("metrics"),
        table=plan.made.table,
        code=plan.code("collect"),
    script:
        "../scripts/collect.py"
