# A plain `snakemake` in a checkout finds the workflow through this file.
include: "workflow/Snakefile"


workflow.default_target = "all"  # which an included file cannot set
