# A sample whose size follows from how sure it is to be: `dataset.sample.half_width`. The first images of its order go
# through the ordinary jobs; their spread says how many more there have to be (two-stage sampling), and `manifest` then
# lists them. Rows of the pilot are the same in both lists, so its jobs are done once.
checkpoint pilot:
    """List the first images of a sample, whose spread says how many more it needs."""
    output:
        plan.files.kept("<results>/pilot/manifest.parquet"),
    log:
        "<results>/logs/pilot.log",
    benchmark:
        "<results>/benchmarks/pilot.tsv"
    conda:
        "../../envs/tables.yaml"
    threads: 4
    params:
        dataset=plan.pilot.dataset,
        drawn=plan.pilot.drawn,
        listing=plan.run.listing,
        mark=plan.run.mark,
        code=plan.code("pilot"),
    script:
        "../scripts/pilot.py"


use rule metrics as pilot_metrics with:
    input:
        unpack(plan.files.inputs("metrics", plan.pilot.rows)),
        network="<results>/networks/{network}.json",
    output:
        "<results>/pilot/metrics/{network}/{method}.parquet",
    log:
        "<results>/logs/pilot/{network}/{method}.log",
    benchmark:
        "<results>/benchmarks/pilot/{network}/{method}.tsv"
    params:
        rows=plan.pilot.rows,


rule sample_size:
    """Say how many images the means need to be as sure as they are to be."""
    input:
        unpack(plan.pilot.for_size),
    output:
        "<results>/sample.json",
    log:
        "<results>/logs/sample_size.log",
    benchmark:
        "<results>/benchmarks/sample_size.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        wanted=plan.pilot.wanted,
        made=plan.made.of_pairs("metrics"),
        code=plan.code("sample_size"),
    script:
        "../scripts/sample_size.py"
