"""`python -m cambench` prints the path of the workflow: `snakemake --snakefile "$(python -m cambench)" --cores all`.

With arguments it is the command `cambench`.
"""

import sys

from .paths import snakefile

if __name__ == "__main__":
    if len(sys.argv) == 1:
        print(snakefile())
    else:
        from .command._main import main

        main()
