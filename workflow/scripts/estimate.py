from cambench.estimate import counted, said, startup, timing, totals
from cambench.job import job
from cambench.results import precision
from cambench.stages.curves import CurveSettings
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, config, asked = run.params, run.config, run.config["estimate"]
    card, curves = asked.get("card"), CurveSettings(**p.curves) if p.curves else None
    timed = timing.Timed(counted.Asked.of(config, p.scored), run.compute, config["masking"], curves, run.threads)
    with startup.neighbours(0 if p.gpu or card else p.jobs - 1, config, run.threads):
        machine = startup.measure(config)
        networks = timing.every(config, run.networks, timed, run.each)
    work = totals.Work(p.images, p.shards, p.resolutions, p.points, **machine, **totals.said_of(config))
    table, whole = totals.of_size(networks, work, p.images), totals.of_size(networks, work, p.listed)
    files.write_atomically(run.results / "estimate.csv", table.write_csv())
    where = said.Where(p.jobs, card or ("GPU such as this one" if p.gpu else None), p.pilot)
    costs = precision.Costs(p.listed, lambda images: where.hours(totals.of_size(networks, work, images)))
    print(precision.of_run(run.results, p.made, costs, config["tables"]["confidence"], bool(p.pilot)))
    print(said.text(table, whole, (p.images, p.listed), where, said.assumptions(networks, work)))
