rule report:
    """One HTML page to explore: verdict, table, images, curves, differences, files, configuration."""
    input:
        plan.run.after_manifest,
        unpack(plan.pictures.report),
        **plan.files.reported,
        metrics="<results>/metrics.parquet",
        manifest=ancient("<results>/manifest.parquet"),
        classes="<results>/classes.json",
        rejected=ancient("<results>/rejected.parquet"),
        networks=plan.files.networks,
    output:
        report("<results>/report/index.html", category="Report"),
    log:
        "<results>/logs/report.log",
    benchmark:
        "<results>/benchmarks/report.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        config=plan.settings.recorded,
        caption=plan.settings.caption(),
        bootstrap=plan.settings.bootstrap(),
        sample=plan.run.sample,
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        rejected=plan.run.rejected,
        trivial=plan.run.trivial,
        controls=plan.run.controls,
        layers=plan.run.layers,
        files=plan.files.names_recorded,
        images=plan.run.images,
        shown=config["report"]["images"],
        shards=plan.run.all_shards,
        resolution={method: plan.settings.resolution_of(method) for method in plan.run.methods},
        masking=plan.pictures.masking,
        unmasked=plan.pictures.unmasked,
        objects=plan.pictures.objects,
        points=plan.run.points,
        made=plan.made.of_pairs("images", "saliency", "masked", "curves"),
        table=plan.made.table,
        summary=plan.made.summary,
        code=plan.code("report"),
    script:
        "../scripts/report.py"
