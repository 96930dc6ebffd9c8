rule curves:
    """Delete and insert pixels, the most salient first: the class's probability at each step."""
    input:
        unpack(plan.files.inputs("curves")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("curves"),
    log:
        "<results>/logs/curves/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/curves/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("curves")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("curves"),
    params:
        network=plan.settings.network,
        resolution=plan.settings.resolution,
        scaling=plan.settings.scaling,
        curves=plan.settings.curves(),
        rows=plan.run.rows("curves"),
        shards=plan.run.shards_of("curves"),
        made=plan.made.of("curves"),
        code=plan.code("curves"),
    script:
        "../scripts/curves.py"
