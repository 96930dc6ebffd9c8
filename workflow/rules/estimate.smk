# No output, so that it runs each time: `snakemake estimate`.
rule estimate:
    """Say what the run will take on this machine: jobs, forward passes, bytes, hours."""
    log:
        "<results>/logs/estimate.log",
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=plan.resources.gpus,
    params:
        images=plan.run.listed,
        shards={method: plan.run.shards(method) for method in plan.run.methods},
        resolutions=lambda w: {method: plan.settings.resolution_of(method) for method in plan.run.methods},
        curves=plan.settings.curves() or None,
        jobs=lambda w: max(1, workflow.cores // config["compute"]["threads"]),
        gpu=plan.resources.gpus,
    script:
        "../scripts/estimate.py"
