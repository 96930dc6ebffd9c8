from cambench.job import job
from cambench.methods._contract import bind
from cambench.networks.open import open_random
from cambench.networks.probe import Shard
from cambench.stages import random_weights

with job(snakemake) as run:  # noqa: F821
    seed = run.config["random_weights"]["seed"]
    probe = open_random(run.wildcards.network, run.settings, run.compute, run.threads, run.network, seed)
    method = bind(run.params.method["cam"], run.method_settings, run.compute["batch"])
    classes, seeds = run.read("predictions.target")[:], run.read("images.seed")[:]
    shard = Shard(run.read("images.pixels"), classes, seeds, run.rows[0])
    run.write("random_weights", random_weights.explain_random(probe, method, shard, run.shapes.map))
