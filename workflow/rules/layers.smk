rule layers:
    """Each metric by target layer, of networks that are explained at several."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
        summary="<results>/tables/summary.parquet",
        networks=plan.files.networks,
    output:
        **{kind: f"<results>/tables/layers.{kind}" for kind in ("csv", "md", "tex", "html")},
    log:
        "<results>/logs/layers.log",
    benchmark:
        "<results>/benchmarks/layers.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        **plan.settings.caption(),
        bootstrap=plan.settings.bootstrap(),
        layers=plan.run.layers,
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        rejected=plan.run.rejected_count,
        sample=plan.run.sample,
        table=plan.made.table,
        summary=plan.made.summary,
        code=plan.code("layers"),
    script:
        "../scripts/layers.py"


rule layer_figure:
    """Each metric by target layer, of networks that are explained at several: a line per method."""
    input:
        table="<results>/tables/layers.csv",
    output:
        report("<results>/figures/layers.svg", category="Figures"),
        "<results>/figures/layers.pdf",
    log:
        "<results>/logs/layer_figure.log",
    benchmark:
        "<results>/benchmarks/layer_figure.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        layers=plan.run.layers,
        methods=plan.run.titles("methods"),
        code=plan.code("layer_figure"),
    script:
        "../scripts/layer_figure.py"
