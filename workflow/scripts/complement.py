from cambench.job import job
from cambench.masks import Masking
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import complement

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    shard = Shard(run.read("images.pixels"), run.read("predictions.target")[:])
    raw, masking = run.read("saliency.raw"), Masking(**run.params.masking)
    run.write("complement", complement.take_away(probe, shard, raw, masking, run.compute["batch"]))
