rule figures:
    """Figures of the tables: ADCC with its parts, what each metric makes of the methods, differences, ranks."""
    input:
        plan.run.after_manifest,
        **{name: f"<results>/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall")},
        summary="<results>/tables/summary.parquet",
    output:
        **{
            name: report(f"<results>/figures/{name}.svg", category="Figures")
            for name in ("adcc", "fooled", "pairwise", "ranks")
        },
    log:
        "<results>/logs/figures.log",
    benchmark:
        "<results>/benchmarks/figures.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        trivial=plan.run.trivial,
        summary=plan.made.summary,
        code=plan.code("figures"),
    script:
        "../scripts/figures.py"


rule curve_figure:
    """Mean deletion and insertion curves of each network."""
    input:
        unpack(plan.files.curves),
        networks=plan.files.networks,
    output:
        report("<results>/figures/curves.svg", category="Figures"),
    log:
        "<results>/logs/curve_figure.log",
    benchmark:
        "<results>/benchmarks/curve_figure.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        images=plan.run.images,
        shards=plan.run.all_shards,
        points=plan.run.points,
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        made=plan.made.of_pairs("curves"),
        code=plan.code("curve_figure"),
    script:
        "../scripts/curve_figure.py"


rule gallery:
    """The maps over some photographs, with what they scored."""
    input:
        unpack(plan.files.gallery),
        metrics="<results>/metrics.parquet",
        networks=plan.files.networks,
        classes="<results>/classes.json",
    output:
        report("<results>/figures/gallery.png", category="Figures"),
    log:
        "<results>/logs/gallery.log",
    benchmark:
        "<results>/benchmarks/gallery.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        images=plan.run.images,
        shown=plan.files.gallery_rows,
        shards=plan.run.all_shards,
        resolution={method: plan.settings.resolution_of(method) for method in plan.run.methods},
        scaling={method: plan.settings.scaling_of(method) for method in plan.run.methods},
        networks=plan.run.titles("networks"),
        methods=plan.run.titles("methods"),
        made=plan.made.of_pairs("images", "saliency"),
        table=plan.made.table,
        code=plan.code("gallery"),
    script:
        "../scripts/gallery.py"
