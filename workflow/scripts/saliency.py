from cambench.job import job
from cambench.methods._contract import bind
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import saliency

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    method = bind(run.params.method["cam"], run.method_settings, run.compute["batch"])
    classes, seeds = run.read("predictions.target")[:], run.read("images.seed")[:]
    kept = run.read_kept("predictions.activations")
    scores = run.read_kept("channel_scores.scores")
    shard = Shard(run.read("images.pixels"), classes, seeds, run.rows[0], kept, scores)
    run.write("saliency", saliency.explain(probe, method, shard, run.shapes.map))
