rule figures:
    """Figures of the tables: ADCC with its parts, what each metric makes of the methods, differences, ranks."""
    input:
        plan.run.after_manifest,
        **{name: f"<results>/tables/{name}.csv" for name in ("pairwise", "ranks", "kendall", "ranks_by_criterion")},
        summary="<results>/tables/summary.parquet",
    output:
        **{
            name: report(f"<results>/figures/{name}.svg", category="Figures")
            for name in ("adcc", "fooled", "pairwise", "ranks", "judging")
        },
        **{
            f"{name}_pdf": f"<results>/figures/{name}.pdf"
            for name in ("adcc", "fooled", "pairwise", "ranks", "judging")
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
    """Mean deletion and insertion curves of each network, and the table that they are drawn from."""
    input:
        unpack(plan.pictures.curves),
        networks=plan.files.networks,
    output:
        report("<results>/figures/curves.svg", category="Figures"),
        "<results>/figures/curves.pdf",
        table="<results>/tables/curves.csv",
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
        unpack(plan.pictures.gallery),
        metrics="<results>/metrics.parquet",
        networks=plan.files.networks,
        classes="<results>/classes.json",
    output:
        report("<results>/figures/gallery.png", category="Figures"),
        "<results>/figures/gallery.pdf",
    log:
        "<results>/logs/gallery.log",
    benchmark:
        "<results>/benchmarks/gallery.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        images=plan.run.images,
        shown=plan.pictures.gallery_rows,
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
