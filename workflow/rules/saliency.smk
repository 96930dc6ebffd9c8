rule saliency:
    """Explain the clean images: a method's raw maps, as it returns them."""
    input:
        unpack(plan.files.inputs("saliency")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("saliency"),
    log:
        "<results>/logs/saliency/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/saliency/{network}/{method}/{shard}.tsv"
    # before the cheaper curves, which fill the cores when the last maps are awaited
    priority: 1
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("saliency")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("saliency"),
    params:
        network=plan.settings.network,
        method=plan.settings.method,
        resolution=plan.settings.resolution,
        rows=plan.run.rows("saliency"),
        shards=plan.run.shards_of("saliency"),
        made=plan.made.of("saliency"),
        code=plan.code_of_method("saliency"),
    script:
        "../scripts/saliency.py"
