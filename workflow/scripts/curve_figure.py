from cambench.job import job
from cambench.report.figures import curves, style
from cambench.store import files

with job(snakemake) as run:  # noqa: F821
    p = run.params

    def read(network, method, name):
        reader = run.reader(network, method)
        return reader.shapes.points.places, *curves.mean_and_band(reader(f"curves.{name}"))

    found = curves.table(read, p.networks, p.methods)
    files.write_atomically(run.output.table, found.write_csv())
    style.save(curves.draw(curves.of(found), p.networks, p.methods), *run.output[:2])
