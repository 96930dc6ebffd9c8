rule summary:
    """Means over images with intervals, and comparisons of methods, from one set of resamples."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
    output:
        **{f"summary_{kind}": f"<results>/tables/summary.{kind}" for kind in ("csv", "parquet")},
        **{name: f"<results>/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall")},
    log:
        "<results>/logs/summary.log",
    benchmark:
        "<results>/benchmarks/summary.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        bootstrap=plan.settings.bootstrap(),
        networks=plan.run.networks,
        methods=plan.run.methods,
        table=plan.made.table,
        summary=plan.made.summary,
        code=plan.code("summary"),
    script:
        "../scripts/summary.py"


rule tables:
    """The summary and the paper's table as people read them: Markdown, LaTeX, HTML."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
        summary="<results>/tables/summary.parquet",
        networks=plan.files.networks,
    output:
        **{f"summary_{kind}": f"<results>/tables/summary.{kind}" for kind in ("md", "tex", "html")},
        **{f"paper_{kind}": f"<results>/tables/paper.{kind}" for kind in ("md", "tex", "html")},
    log:
        "<results>/logs/tables.log",
    benchmark:
        "<results>/benchmarks/tables.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        **plan.settings.caption(),
        bootstrap=plan.settings.bootstrap(),
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        rejected=plan.run.rejected_count,
        sample=plan.run.sample,
        table=plan.made.table,
        summary=plan.made.summary,
        code=plan.code("tables"),
    script:
        "../scripts/tables.py"


# Times differ from run to run, so they stand in a table of their own, and the others stay equal to the byte.
rule cost:
    """What each method's numbers cost: forward passes, seconds, memory."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
        networks=plan.files.networks,
        machine="<results>/machine.json",
    output:
        "<results>/tables/cost.csv",
    log:
        "<results>/logs/cost.log",
    benchmark:
        "<results>/benchmarks/cost.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        shards=plan.run.all_shards,
        scored=plan.run.reading.scored,
        table=plan.made.table,
        code=plan.code("cost"),
    script:
        "../scripts/cost.py"


rule published:
    """The published table beside the regenerated one."""
    input:
        plan.run.after_manifest,
        **plan.files.published(),
        summary="<results>/tables/summary.parquet",
        networks=plan.files.networks,
    output:
        **{kind: f"<results>/tables/published.{kind}" for kind in ("csv", "md", "tex", "html")},
    log:
        "<results>/logs/published.log",
    benchmark:
        "<results>/benchmarks/published.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        networks=plan.run.titles("networks"),
        settings=plan.settings.published,
        labels=plan.settings.published_labels(),
        bootstrap=plan.settings.bootstrap(),
        sample=plan.run.sample,
        summary=plan.made.summary,
        code=plan.code("published"),
    script:
        "../scripts/published.py"
