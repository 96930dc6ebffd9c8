from cambench.estimate import startup, timing, totals
from cambench.job import job
from cambench.stages.curves import CurveSettings
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, config = run.params, run.config
    curves = CurveSettings(**p.curves) if p.curves else None
    timed = timing.Timed(run.compute, config["masking"], curves, config["methods"], run.threads)
    with startup.neighbours(0 if p.gpu else p.jobs - 1, config, run.threads):
        machine = startup.measure(config)
        networks = {name: timing.measure(name, block, timed) for name, block in run.each(config["networks"], "network")}
    given, steps = config["estimate"]["passes_per_second"], p.curves["pixels_per_step"] if p.curves else None
    work = totals.Work(p.images, p.shards, p.resolutions, steps, **machine, given=given)
    table = totals.estimate(networks, work)
    files.write_atomically(run.results / "estimate.csv", table.write_csv())
    print(totals.text(table, p.jobs, totals.assumptions(networks, work)))
