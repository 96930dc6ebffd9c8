"""What users are meant to read: one line per error."""

import sys
from collections.abc import Iterable


class InputError(Exception):
    """Something the user gave (config, file, network, image) cannot be used.

    Its message is one line that names the thing at fault; workflow jobs print it without a traceback.
    """


def refuse(errors: Iterable[str]) -> None:
    """Print one line per error, and exit with 1 if there is any."""
    lines = list(errors)
    if lines:
        print(*lines, sep="\n", file=sys.stderr)
        sys.exit(1)
