# A job of its own, so that another name makes pictures and tables again, and no map.
rule class_names:
    """Find the names of the classes: of a file, of the network, or of the folders."""
    input:
        plan.run.after_manifest,
        networks=plan.files.networks,
        manifest=ancient("<results>/manifest.parquet"),
    output:
        "<results>/classes.json",
    log:
        "<results>/logs/class_names.log",
    benchmark:
        "<results>/benchmarks/class_names.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        files=plan.settings.classes_files,
        content=plan.settings.classes_digests,
        folders=plan.run.folders,
        code=plan.code("class_names"),
    script:
        "../scripts/class_names.py"


rule classes:
    """What each network predicted, class by class."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
        classes="<results>/classes.json",
    output:
        "<results>/tables/classes.csv",
    log:
        "<results>/logs/classes.log",
    benchmark:
        "<results>/benchmarks/classes.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        networks=plan.run.networks,
        table=plan.made.table,
        code=plan.code("classes"),
    script:
        "../scripts/classes.py"
