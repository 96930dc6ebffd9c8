rule summary:
    """Means over images with intervals, comparisons of methods, and what speaks for each metric."""
    input:
        plan.run.after_manifest,
        metrics="<results>/metrics.parquet",
    output:
        **{f"summary_{kind}": f"<results>/tables/summary.{kind}" for kind in ("csv", "parquet")},
        **{name: f"<results>/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall")},
        **{name: f"<results>/tables/{name}.csv" for name in ("ranks_by_criterion", "gains", "judged_metrics")},
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
        known=plan.judged.known,
        table=plan.made.table,
        summary=plan.made.summary,
        code=plan.code("summary"),
    script:
        "../scripts/summary.py"


rule tables:
    """The summary, the paper's table and what metrics are worth, as people read them: Markdown, LaTeX, HTML."""
    input:
        plan.run.after_manifest,
        **{name: f"<results>/tables/{name}.csv" for name in ("ranks_by_criterion", "judged_metrics")},
        metrics="<results>/metrics.parquet",
        summary="<results>/tables/summary.parquet",
        networks=plan.files.networks,
    output:
        **{
            f"{name}_{kind}": f"<results>/tables/{name}.{kind}"
            for name in ("summary", "paper", "ranks_by_criterion", "judged_metrics")
            for kind in ("md", "tex", "html")
        },
    log:
        "<results>/logs/tables.log",
    benchmark:
        "<results>/benchmarks/tables.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        **plan.settings.caption(),
        bootstrap=plan.settings.bootstrap(),
        intervals=plan.settings.printed_intervals(),
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
