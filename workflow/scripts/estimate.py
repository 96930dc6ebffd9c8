from cambench import calibration, estimate, overhead, store
from cambench.job import job

with job(snakemake) as run:  # noqa: F821
    p, config = run.params, snakemake.config  # noqa: F821
    methods = {label: {**block, "resolution": p.resolutions[label]} for label, block in config["methods"].items()}
    given = config["estimate"]["passes_per_second"]
    run.expect(len(config["models"]), "network")
    with overhead.neighbours(0 if p.gpu else p.jobs - 1, config, run.threads):
        facts = {**overhead.measure(config), "sizes": p.sizes, "curves": p.curves, "given": given}
        models = calibration.measure_all(config, methods, p.curves, run.threads, run.advance)
    table = estimate.estimate(p.images, models, methods, facts)
    store.write_atomically(p.table, table.write_csv().encode())
    print(estimate.text(table, p.jobs, estimate.assumptions(p.images, models, facts)))
