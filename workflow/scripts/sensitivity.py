from functools import partial

from cambench.job import job
from cambench.masks import Masking
from cambench.methods._contract import bind
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.stages import sensitivity

with job(snakemake) as run:  # noqa: F821
    opened = partial(open_probe, run.wildcards.network, run.settings, run.compute, run.threads, run.network)
    method = bind(run.params.method["cam"], run.method_settings, run.compute["batch"])
    classes, seeds = run.read("predictions.target")[:], run.read("images.seed")[:]
    shard = Shard(run.read("images.pixels"), classes, seeds, run.rows[0])
    raw, masking = run.read("saliency.raw"), Masking(**run.params.scaling)
    settings = sensitivity.Copies(**run.config["sensitivity"])
    run.write("sensitivity", sensitivity.measure(opened, method, shard, raw, masking, settings))
