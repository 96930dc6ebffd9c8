from cambench.job import job
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import perturbations

with job(snakemake) as run:  # noqa: F821
    probe = open_probe(run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    shard = Shard(run.read("images.pixels"), run.read("predictions.target")[:], run.read("images.seed")[:])
    settings = perturbations.Perturbing(**run.params.perturbations)
    probability, batch = run.read("predictions.probability"), run.compute["batch"]
    run.write("perturbations", perturbations.perturb(probe, shard, probability, settings, batch))
