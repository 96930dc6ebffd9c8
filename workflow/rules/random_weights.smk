rule random_weights:
    """Explain the clean images as the network with random weights sees them: a method's raw maps."""
    input:
        unpack(plan.files.inputs("random_weights")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("random_weights"),
    log:
        "<results>/logs/random_weights/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/random_weights/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("random_weights")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("random_weights"),
    params:
        network=plan.settings.network,
        method=plan.settings.method,
        resolution=plan.settings.resolution,
        rows=plan.run.rows("random_weights"),
        shards=plan.run.shards_of("random_weights"),
        made=plan.made.of("random_weights"),
        code=plan.code_of_method("random_weights"),
    script:
        "../scripts/random_weights.py"
