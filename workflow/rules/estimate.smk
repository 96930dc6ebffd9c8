# No output, so that it is asked anew each time: `snakemake estimate`.
rule estimate:
    log:
        f"{RESULTS}/logs/estimate.log",
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
    params:
        images=lambda w: len(datasets.find(config["dataset"])),
        sizes={label: sizes(label) for label in config["methods"]},
        resolutions=lambda w: {label: resolution_of(label) for label in config["methods"]},
        curves=curve_settings() if WITH_CURVES else None,
        table=f"{RESULTS}/estimate.csv",
        jobs=lambda w: max(1, workflow.cores // config["compute"]["threads"]),
        gpu=gpus(),
    script:
        "../scripts/estimate.py"
