"""`python -m cambench` prints where the workflow lies: `snakemake --snakefile "$(python -m cambench)" --cores all`."""

from .paths import snakefile

if __name__ == "__main__":
    print(snakefile())
