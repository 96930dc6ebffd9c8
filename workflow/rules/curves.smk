rule curves:
    input:
        unpack(
            needs(
                "curves",
                "images.pixels",
                "predictions.target",
                "predictions.probability",
                "saliency.raw",
            )
        ),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        **layout.chunks(f"{RESULTS}/curves/{{model}}/{{method}}.zarr", "curves"),
    log:
        f"{RESULTS}/logs/curves/{{model}}/{{method}}/{{shard}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/curves/{{model}}/{{method}}/{{shard}}.tsv"
    conda:
        "../../envs/torch.yaml"
    threads: config["compute"]["threads"]
    resources:
        gpu=gpus(),
        mem_mb=memory,
        runtime=minutes("curves"),
    params:
        model=model_settings,
        resolution=resolution,
        relu=lambda w: method_facts(w.method).relu,
        order=config["masking"]["order"],
        curves=curve_settings(),
        pixels_per_step=PIXELS_PER_STEP,
        rows=lambda w: rows_of("curves", w),
        sizes=lambda w: sizes(w.method),
        code=provenance.code_digest("curves", "networks", "store", adapter="curves"),
    script:
        "../scripts/curves.py"


rule curves_store:
    input:
        chunks=lambda w: all_chunks("curves", model=w.model, method=w.method),
        network=f"{RESULTS}/networks/{{model}}.json",
    output:
        layout.metadata(f"{RESULTS}/curves/{{model}}/{{method}}.zarr", "curves"),
    log:
        f"{RESULTS}/logs/curves/{{model}}/{{method}}/store.log",
    benchmark:
        f"{RESULTS}/benchmarks/curves/{{model}}/{{method}}/store.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        stage="curves",
        images=lambda w: len(manifest()),
        sizes=lambda w: sizes(w.method),
        pixels_per_step=PIXELS_PER_STEP,
        attributes=attributes("curves"),
        code=provenance.code_digest("store", adapter="finish"),
    script:
        "../scripts/finish.py"
