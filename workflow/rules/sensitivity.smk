rule sensitivity:
    """Explain noisy copies of some images: how far each map moves."""
    input:
        unpack(plan.files.inputs("sensitivity")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("sensitivity"),
    log:
        "<results>/logs/sensitivity/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/sensitivity/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("sensitivity")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("sensitivity"),
    params:
        network=plan.settings.network,
        method=plan.settings.method,
        resolution=plan.settings.resolution,
        scaling=plan.settings.scaling,
        rows=plan.run.rows("sensitivity"),
        shards=plan.run.shards_of("sensitivity"),
        made=plan.made.of("sensitivity"),
        code=plan.code_of_method("sensitivity"),
    script:
        "../scripts/sensitivity.py"
