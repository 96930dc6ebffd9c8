rule other_class:
    """Explain another class of the clean images: the same method's raw maps of it."""
    input:
        unpack(plan.files.inputs("other_class")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("other_class"),
    log:
        "<results>/logs/other_class/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/other_class/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("other_class")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("other_class"),
    params:
        network=plan.settings.network,
        method=plan.settings.method,
        resolution=plan.settings.resolution,
        rows=plan.run.rows("other_class"),
        shards=plan.run.shards_of("other_class"),
        made=plan.made.of("other_class"),
        code=plan.code_of_method("other_class"),
    script:
        "../scripts/other_class.py"
