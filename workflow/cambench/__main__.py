"""`python -m cambench` prints the path of the workflow: `snakemake --snakefile "$(python -m cambench)" --cores all`."""

from .paths import snakefile

if __name__ == "__main__":
    print(snakefile())
