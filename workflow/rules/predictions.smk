rule predictions:
    """Classify the clean images: the class that is explained, and its probability."""
    input:
        unpack(plan.files.inputs("predictions")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("predictions"),
    log:
        "<results>/logs/predictions/{network}/{shard}.log",
    benchmark:
        "<results>/benchmarks/predictions/{network}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("predictions")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("predictions"),
    params:
        network=plan.settings.network,
        target=config["target"],
        rows=plan.run.rows("predictions"),
        labels=plan.run.labels("predictions"),
        shards=plan.run.shards_of("predictions"),
        made=plan.made.of("predictions"),
        code=plan.code("predictions"),
    script:
        "../scripts/predictions.py"
