from cambench.job import job
from cambench.methods._contract import bind
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import other_class

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    method = bind(run.params.method["cam"], run.method_settings, run.compute["batch"])
    classes, seeds = run.read("predictions.target")[:], run.read("images.seed")[:]
    kept = run.read_kept("predictions.activations")
    shard = Shard(run.read("images.pixels"), classes, seeds, run.rows[0], kept)
    which = run.config["other_class"]["which"], run.network["classes"]
    run.write("other_class", other_class.explain_other(probe, method, shard, run.shapes.map, *which))
