"""From images to the table of class activation maps: see README.md, and config/README.md for every key."""

from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")


if not workflow.overwrite_configfiles:

    configfile: str(Path(workflow.basedir, "config", "config.yaml"))


include: "workflow/prepare.smk"
include: "workflow/common.smk"
include: "workflow/rules/manifest.smk"
include: "workflow/rules/images.smk"
include: "workflow/rules/networks.smk"
include: "workflow/rules/predictions.smk"
include: "workflow/rules/saliency.smk"
include: "workflow/rules/masked.smk"
include: "workflow/rules/curves.smk"
include: "workflow/rules/metrics.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/provenance.smk"
include: "workflow/rules/estimate.smk"


rule all:
    default_target: True
    input:
        everything,
        f"{RESULTS}/metrics.parquet",
        TABLES,
        FIGURES,
        rules.provenance.output,
