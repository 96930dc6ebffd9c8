rule networks:
    output:
        f"{RESULTS}/networks/{{model}}.json",
    params:
        model=model_settings,
        code=provenance.code_digest("networks", adapter="networks"),
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
    log:
        f"{RESULTS}/logs/networks/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/networks/{{model}}.tsv"
    conda:
        "../../envs/torch.yaml"
    script:
        "../scripts/networks.py"
