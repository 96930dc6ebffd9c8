rule saliency:
    input:
        unpack(
            needs(
                "saliency",
                "images.pixels",
                "images.seed",
                "predictions.target",
            )
        ),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        **layout.chunks(f"{RESULTS}/saliency/{{model}}/{{method}}.zarr", "saliency"),
    log:
        f"{RESULTS}/logs/saliency/{{model}}/{{method}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/saliency/{{model}}/{{method}}/{{shard}}.tsv"
    # before the cheaper curves, which fill the cores when the last maps are awaited
    priority: 1
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
        mem_mb=memory,
        runtime=minutes("saliency"),
    params:
        model=model_settings,
        method=method_settings,
        resolution=resolution,
        rows=lambda w: rows_of("saliency", w),
        sizes=lambda w: sizes(w.method),
        code=lambda w: provenance.code_digest(
            "saliency", "networks", "store", method_module(w.method), adapter="saliency"
        ),
    script:
        "../scripts/saliency.py"


rule saliency_store:
    input:
        chunks=lambda w: all_chunks("saliency", model=w.model, method=w.method),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        layout.metadata(f"{RESULTS}/saliency/{{model}}/{{method}}.zarr", "saliency"),
    log:
        f"{RESULTS}/logs/saliency/{{model}}/{{method}}/store.log",
    benchmark:
        f"{RESULTS}/benchmarks/saliency/{{model}}/{{method}}/store.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        stage="saliency",
        images=lambda w: len(manifest()),
        sizes=lambda w: sizes(w.method),
        resolution=resolution,
        attributes=attributes("saliency"),
        code=provenance.code_digest("store", adapter="finish"),
    script:
        "../scripts/finish.py"
