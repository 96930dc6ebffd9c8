rule complement:
    """Take away from each image what its map shows: the class's probability on the rest."""
    input:
        unpack(plan.files.inputs("complement")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("complement"),
    log:
        "<results>/logs/complement/{network}/{method}/{shard}.log",
    benchmark:
        "<results>/benchmarks/complement/{network}/{method}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("complement")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("complement"),
    params:
        network=plan.settings.network,
        resolution=plan.settings.resolution,
        masking=plan.settings.masking,
        rows=plan.run.rows("complement"),
        shards=plan.run.shards_of("complement"),
        made=plan.made.of("complement"),
        code=plan.code("complement"),
    script:
        "../scripts/complement.py"
