"""Try the networks of a configuration before any work: `python -m cambench.config.preflight < request.json`.

A process of its own, because planning never imports torch. The request holds the blocks `networks` and `methods` of
the configuration, and the `largest_label` of the data set. Prints one line per error, and exits with 1 if there is any.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

from ..errors import InputError
from ..methods import refusal
from ..networks.describe import describe
from ..store.network import Network

# The machine that plans the workflow need not be the one with the GPU.
_COMPUTE = {"device": "cpu", "precision": "float32", "batch": 1}


def problems(networks: dict[str, Any], methods: dict[str, Any], largest_label: int) -> Iterator[str]:
    """One line for each network, layer, weights file, method or label that does not fit.

    **Arguments:** blocks `networks` and `methods` of a configuration with defaults; `largest_label` of the data set.
    """
    for name, settings in networks.items():
        try:
            network = describe(name, settings, _COMPUTE)
        except InputError as error:
            yield f"config: {error}"
            continue
        if largest_label >= network["classes"]:
            yield f"config: dataset: label {largest_label} does not fit {name}: {network['classes']} classes"
        for label, block in methods.items():
            if reason := _refusal(block["cam"], network):
                yield f"config: methods.{label}: cannot explain {name}: {reason}"


def _refusal(cam: str, network: Network) -> str | None:
    try:
        return refusal(cam, network)
    except InputError as error:
        return str(error)


if __name__ == "__main__":
    lines = list(problems(**json.load(sys.stdin)))
    for line in lines:
        print(line)
    sys.exit(bool(lines))
