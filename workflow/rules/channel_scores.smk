rule channel_scores:
    """See the clean images through one channel at a time: the probabilities that Score-CAM weighs channels by."""
    input:
        unpack(plan.files.inputs("channel_scores")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("channel_scores"),
    log:
        "<results>/logs/channel_scores/{network}/{shard}.log",
    benchmark:
        "<results>/benchmarks/channel_scores/{network}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("channel_scores")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("channel_scores"),
    params:
        network=plan.settings.network,
        rows=plan.run.rows("channel_scores"),
        shards=plan.run.shards_of("channel_scores"),
        made=plan.made.of("channel_scores"),
        code=plan.code("channel_scores"),
    script:
        "../scripts/channel_scores.py"
