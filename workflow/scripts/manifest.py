from pathlib import Path

from cambench.images import manifest, sample, sources
from cambench.job import job
from cambench.store import files, tables

with job(snakemake) as run:  # noqa: F821
    settings, output, pilot = run.params.dataset, run.output, run.input.get("pilot")
    found, root = sources.find(settings), sources.root(settings)
    drawn = sample.of(settings, files.read_json(run.input.decided, ["images"])["images"] if pilot else None)
    run.expect(drawn.images if drawn else len(found))
    earlier = manifest.read(Path(output.manifest), *[Path(pilot)] if pilot else [])
    limits = manifest.Limits(settings["min_side"], settings["max_pixels"])
    listed, rejected = manifest.build(found, root, earlier, limits, run.threads, run.advance, drawn)
    tables.write(output.manifest, listed, run.params.mark)
    tables.write(output.rejected, rejected)
