# No output, so that it runs each time: `snakemake estimate`.
rule estimate:
    """Say what the run will take on this machine: jobs, forward passes, bytes, hours."""
    input:
        networks=plan.files.networks,
    log:
        "<results>/logs/estimate.log",
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=plan.resources.gpus,
    params:
        images=plan.run.expected,
        listed=plan.run.listed,
        pilot=plan.run.lists.first,
        shards=plan.run.all_shards,
        resolutions=lambda w: {method: plan.settings.resolution_of(method) for method in plan.run.methods},
        curves=plan.settings.curves() or None,
        points=plan.run.points,
        scored=plan.run.reading.scored,
        made=plan.made.of_pairs("metrics"),
        jobs=lambda w: max(1, workflow.cores // config["compute"]["threads"]),
        gpu=plan.resources.gpus,
    script:
        "../scripts/estimate.py"
