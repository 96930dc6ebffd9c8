rule networks:
    output:
        f"{RESULTS}/networks/{{model}}.json",
    log:
        f"{RESULTS}/logs/networks/{{model}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/networks/{{model}}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
    params:
        model=model_settings,
        code=provenance.code_digest("networks", adapter="networks"),
    script:
        "../scripts/networks.py"
