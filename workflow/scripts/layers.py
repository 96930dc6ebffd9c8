import polars as pl

from cambench.job import job
from cambench.report import captions, formats, tables
from cambench.results import layers
from cambench.results.bootstrap import Bootstrap
from cambench.store import files
from cambench.store import tables as stored

with job(snakemake) as run:  # noqa: F821
    p = run.params
    table = layers.by_layer(stored.read(run.input.summary, settings=p.summary), p.layers)
    files.write_atomically(run.output.csv, table.write_csv())
    entries = {name: p.networks[name] for name in p.layers}
    frame = stored.scan(run.input.metrics, p.table).filter(pl.col("network").is_in(list(entries)))
    facts = captions.facts_of(p, Bootstrap(**p.bootstrap))
    said = captions.caption(frame.select(captions.COLUMNS).collect(), entries, p.methods, run.networks, facts)
    shown = tables.layers(table, layers.titles(p.layers), p.methods, captions.LAYERS, captions.of_layers(said))
    for kind, page in formats.render(shown).items():
        files.write_atomically(run.output[kind], page)
