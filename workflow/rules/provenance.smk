rule provenance:
    """Record what the run was made with and what it made: versions, machine, command, digests."""
    input:
        plan.run.after_manifest,
        networks=plan.files.networks,
        files=plan.files.recorded,
    output:
        record=plan.files.kept("<results>/provenance.json"),
        crate="<results>/ro-crate-metadata.json",
    log:
        "<results>/logs/provenance.log",
    benchmark:
        "<results>/benchmarks/provenance.tsv"
    conda:
        "../../envs/tables.yaml"
    params:
        content=plan.run.content("metrics"),
        rejected=plan.run.rejected,
        config=plan.settings.recorded,
        definitions=plan.settings.definitions,
        at_hand=plan.files.at_hand,
        modules=plan.all_code(),
        code=plan.code("provenance"),
    script:
        "../scripts/provenance.py"


# No input, so that nothing is made before it is checked, and no output, so that it runs each time.
rule verify:
    """Read a whole run and report every defect, with the command that mends it."""
    log:
        f"{plan.files.aside}/<results>/logs/verify.log",
    conda:
        "../../envs/tables.yaml"
    threads: 2
    params:
        root=plan.settings.root,
        results=str(Path(rules.manifest.output.manifest).parent),  # behind a module's prefix, and in a storage
        stores=plan.files.specs,
        files=plan.files.names_recorded,
        made=plan.made.of_pairs("metrics", *plan.localisation.stages),
        cut=plan.run.cutting,
    script:
        "../scripts/verify.py"
