# The rules images_store, predictions_store and so on: when all chunks of a store are there, its metadata and
# coordinates make it one that `xarray.open_zarr` opens.
for stage in STORES:

    rule:
        """Finish a store whose chunks are all there: metadata and coordinates, so that xarray opens it."""
        name:
            f"{stage}_store"
        input:
            **plan.files.network(stage),
            chunks=plan.files.chunks(stage),
        output:
            plan.files.kept(plan.files.metadata(stage)),
        log:
            f"<results>/logs/{plan.files.names(stage)}/store.log",
        benchmark:
            f"<results>/benchmarks/{plan.files.names(stage)}/store.tsv"
        conda:
            "../../envs/tables.yaml"
        params:
            images=plan.run.images,
            store=plan.files.spec(stage),
            at_hand=plan.files.at_hand,
            code=plan.code("finish"),
        script:
            "../scripts/finish.py"
