rule masked:
    input:
        unpack(
            needs(
                "masked",
                "images.pixels",
                "images.seed",
                "predictions.target",
                "saliency.raw",
            )
        ),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        **layout.chunks(f"{RESULTS}/masked/{{model}}/{{method}}.zarr", "masked"),
    log:
        f"{RESULTS}/logs/masked/{{model}}/{{method}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/masked/{{model}}/{{method}}/{{shard}}.tsv"
    # first of all that can run: with the maps, the longest chain of jobs
    priority: 2
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
        mem_mb=memory,
        runtime=minutes("masked"),
    params:
        model=model_settings,
        method=method_settings,
        resolution=resolution,
        relu=lambda w: method_facts(w.method).relu,
        masking=config["masking"],
        rows=lambda w: rows_of("masked", w),
        sizes=lambda w: sizes(w.method),
        code=lambda w: provenance.code_digest("masked", "networks", "store", method_module(w.method), adapter="masked"),
    script:
        "../scripts/masked.py"


rule masked_store:
    input:
        chunks=lambda w: all_chunks("masked", model=w.model, method=w.method),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        layout.metadata(f"{RESULTS}/masked/{{model}}/{{method}}.zarr", "masked"),
    log:
        f"{RESULTS}/logs/masked/{{model}}/{{method}}/store.log",
    benchmark:
        f"{RESULTS}/benchmarks/masked/{{model}}/{{method}}/store.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        stage="masked",
        images=lambda w: len(manifest()),
        sizes=lambda w: sizes(w.method),
        resolution=resolution,
        attributes=attributes("masked"),
        code=provenance.code_digest("store", adapter="finish"),
    script:
        "../scripts/finish.py"
