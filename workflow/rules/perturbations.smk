rule perturbations:
    """Remove parts of the clean images, whatever any map says of them: what the class loses without each."""
    input:
        unpack(plan.files.inputs("perturbations")),
        network="<results>/networks/{network}.json",
    output:
        **plan.files.outputs("perturbations"),
    log:
        "<results>/logs/perturbations/{network}/{shard}.log",
    benchmark:
        "<results>/benchmarks/perturbations/{network}/{shard}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: plan.resources.threads("perturbations")
    resources:
        gpu=plan.resources.gpus,
        mem_mb=plan.resources.memory,
        runtime=plan.resources.minutes("perturbations"),
    params:
        network=plan.settings.network,
        perturbations=plan.settings.asked("perturbations"),
        rows=plan.run.rows("perturbations"),
        shards=plan.run.shards_of("perturbations"),
        made=plan.made.of("perturbations"),
        code=plan.code("perturbations"),
    script:
        "../scripts/perturbations.py"
