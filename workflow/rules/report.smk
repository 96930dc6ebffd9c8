rule report:
    """Tables, figures, rejected files and the configuration on one HTML page."""
    input:
        plan.run.after_manifest,
        **plan.files.reported,
        rejected=ancient("<results>/rejected.parquet"),
        figures=plan.files.figures,
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
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        rejected=plan.run.rejected,
        trivial=plan.run.trivial,
        code=plan.code("report"),
    script:
        "../scripts/report.py"
