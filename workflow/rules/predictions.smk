rule predictions:
    input:
        unpack(needs("predictions", "images.pixels", "images.label")),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        **layout.chunks(f"{RESULTS}/predictions/{{model}}.zarr", "predictions"),
    log:
        f"{RESULTS}/logs/predictions/{{model}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/predictions/{{model}}/{{shard}}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
        mem_mb=memory,
        runtime=minutes("predictions"),
    params:
        model=model_settings,
        target=config["target"],
        rows=lambda w: rows_of("predictions", w),
        sizes=sizes(),
        code=provenance.code_digest("predictions", "networks", "store", adapter="predictions"),
    script:
        "../scripts/predictions.py"


rule predictions_store:
    input:
        chunks=lambda w: all_chunks("predictions", model=w.model),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        layout.metadata(f"{RESULTS}/predictions/{{model}}.zarr", "predictions"),
    log:
        f"{RESULTS}/logs/predictions/{{model}}/store.log",
    benchmark:
        f"{RESULTS}/benchmarks/predictions/{{model}}/store.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        stage="predictions",
        images=lambda w: len(manifest()),
        sizes=sizes(),
        attributes=attributes("predictions"),
        code=provenance.code_digest("store", adapter="finish"),
    script:
        "../scripts/finish.py"
