rule road:
    """Impute the most and the least salient pixels: the class's probability without them."""
    input:
        unpack(plan.files.inputs("road")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("road"),
    log:
        "<results>/logs/road/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/road/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("road")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("road"),
    params:
        network=plan.settings.network,
        resolution=plan.settings.resolution,
        scaling=plan.settings.scaling,
        road=plan.settings.asked("road"),
        rows=plan.run.rows("road"),
        shards=plan.run.shards_of("road"),
        made=plan.made.of("road"),
        code=plan.code("road"),
    script:
        "../scripts/road.py"
