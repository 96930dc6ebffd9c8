rule localisation:
    """Hold the maps of one method against the objects: what each image adds to the numbers of the whole set."""
    input:
        unpack(plan.files.inputs("localisation")),
        unpack(plan.localisation.objects),
        network="<results>/networks/{network}.json",
    output:
        "<results>/localisation/{network}/{method}.parquet",
    log:
        "<results>/logs/localisation/{network}/{method}.log",
    benchmark:
        "<results>/benchmarks/localisation/{network}/{method}.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        rows=plan.run.rows("localisation"),
        shards=plan.run.shards_of("localisation"),
        resolution=plan.settings.resolution,
        scaling=plan.settings.scaling,
        thresholds=plan.localisation.thresholds,
        objects=plan.localisation.placed,
        made=plan.made.of("localisation"),
        code=plan.code("localisation"),
    script:
        "../scripts/localisation.py"


rule localisation_tables:
    """MaxBoxAcc, average precision of pixels, pixel accuracy and mean IoU of every network and method."""
    input:
        plan.run.after_manifest,
        tables=plan.localisation.tables,
    output:
        **{kind: f"<results>/tables/localisation.{kind}" for kind in ("csv", "md", "tex", "html")},
    log:
        "<results>/logs/localisation_tables.log",
    benchmark:
        "<results>/benchmarks/localisation_tables.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        bootstrap=plan.settings.bootstrap(),
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        made=plan.made.of_pairs(*plan.localisation.stages),
        code=plan.code("localisation_tables"),
    script:
        "../scripts/localisation_tables.py"
