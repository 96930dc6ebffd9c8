rule networks:
    """Open a network once and describe it: target layer, map, classes, weights, machine."""
    output:
        "<results>/networks/{network}.json",
    log:
        "<results>/logs/networks/{network}.log",
    benchmark:
        "<results>/benchmarks/networks/{network}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=plan.resources.gpus,
    params:
        network=plan.settings.network,
        code=plan.code("networks"),
    script:
        "../scripts/networks.py"
