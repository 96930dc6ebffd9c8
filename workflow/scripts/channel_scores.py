from cambench.job import job
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import channel_scores

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    kept = run.read_kept("predictions.activations")
    shard = Shard(run.read("images.pixels"), run.read("predictions.target")[:], activations=kept)
    run.write("channel_scores", channel_scores.score(probe, shard, run.compute["batch"]))
