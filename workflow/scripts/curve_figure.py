from cambench.job import job
from cambench.report.figures import curves, style

with job(snakemake) as run:  # noqa: F821
    p = run.params

    def read(network, method, name):
        reader = run.reader(network, method)
        return reader.shapes.points.places, *curves.mean_and_band(reader(f"curves.{name}"))

    style.save(curves.draw(read, p.networks, p.methods), run.output[0])
