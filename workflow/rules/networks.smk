# Facts of a network decide how its rows are cut into jobs, so what comes after it is planned when they are known.
checkpoint networks:
    """Open a network once and describe it: target layer, map, classes, weights."""
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


# Apart from the networks, whose maps must not be made again because a machine was measured again.
rule machine:
    """Measure how many operations per second this machine does, for the table of costs."""
    output:
        "<results>/machine.json",
    log:
        "<results>/logs/machine.log",
    benchmark:
        "<results>/benchmarks/machine.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=plan.resources.gpus,
    params:
        device=config["compute"]["device"],
        precision=config["compute"]["precision"],
        code=plan.code("machine"),
    script:
        "../scripts/machine.py"
