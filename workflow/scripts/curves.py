from cambench.job import job
from cambench.masks import Masking
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import curves

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    shard = Shard(run.read("images.pixels"), run.read("predictions.target")[:], run.read("images.seed")[:])
    raw, probability = run.read("saliency.raw"), run.read("predictions.probability")
    masking, settings = Masking(**run.params.scaling), curves.CurveSettings(**run.params.curves)
    run.write("curves", curves.draw(probe, shard, raw, probability, masking, settings, run.compute["batch"]))
