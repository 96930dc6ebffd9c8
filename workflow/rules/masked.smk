rule masked:
    """Mask each image with its map, and look again: the class's probability, and the map of the masked input."""
    input:
        unpack(plan.files.inputs("masked")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("masked"),
    log:
        "<results>/logs/masked/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/masked/{network}/{method}/{shard}.tsv"
    # first of all that can run, because with the maps this is the longest chain of jobs
    priority: 2
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("masked")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("masked"),
    params:
        network=plan.settings.network,
        method=plan.settings.method,
        resolution=plan.settings.resolution,
        masking=plan.settings.masking,
        rows=plan.run.rows("masked"),
        shards=plan.run.shards_of("masked"),
        made=plan.made.of("masked"),
        code=plan.code_of_method("masked"),
    script:
        "../scripts/masked.py"
