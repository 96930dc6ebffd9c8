from cambench.job import job
from cambench.report.figures import objects, style
from cambench.store import tables

with job(snakemake) as run:  # noqa: F821
    p, paths = run.params, tables.read(run.input.manifest)["path"].to_list()

    def pixels(network, image):
        return run.reader(network, p.method)("images.pixels")[image : image + 1][0]

    found = {network: tables.scan(run.input[f"objects {network}"], p.objects[network]) for network in p.seeing}
    style.save(objects.draw(found, p.seeing, pixels, p.shown, paths), *run.output)
