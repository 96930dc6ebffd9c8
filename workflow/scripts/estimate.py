from dataclasses import replace

from cambench.estimate import said, speeds, startup, timing, totals
from cambench.estimate.counted import Asked
from cambench.job import job
from cambench.results import precision
from cambench.stages.curves import CurveSettings
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p, config = run.params, run.config
    card, curves = config["estimate"].get("card"), CurveSettings(**p.curves) if p.curves else None
    timed = timing.Timed(Asked.of(config, p.scored), run.compute, config["masking"], curves, run.threads)
    known, blocks = speeds.of(config, run.networks), run.each(config["networks"], "network")
    with startup.neighbours(0 if p.gpu or card else p.jobs - 1, config, run.threads):
        machine = startup.measure(config)
        networks = {name: timing.of(name, block, timed, run.networks[name], known.get(name)) for name, block in blocks}
    given = {} if card else config["estimate"]["passes_per_second"]
    work = totals.Work(p.images, p.shards, p.resolutions, p.points, **machine, given=given)
    table, whole = (totals.estimate(networks, replace(work, images=images)) for images in (p.images, p.listed))
    files.write_atomically(run.results / "estimate.csv", table.write_csv())
    where = said.Where(p.jobs, card or ("GPU such as this one" if p.gpu else None), p.pilot)
    print(precision.of_run(run.results, p.listed, where.hours(table) / p.images, config["tables"]["confidence"]))
    print(said.text(table, whole, (p.images, p.listed), where, said.assumptions(networks, work)))
