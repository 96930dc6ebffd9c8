"""Ask the networks themselves whether a configuration can run: `python -m cambench.check < config.json`.

A process of its own, because the one that plans the workflow never imports torch. Prints one line an error.
"""

import json
import sys

from . import datasets, networks, registry
from .errors import InputError

# The machine that plans the workflow need not be the one with the GPU.
_COMPUTE = {"device": "cpu", "precision": "float32", "batch": 1}


def problems(config: dict) -> list[str]:
    """One line for each network, layer, weights file, method or label that does not fit."""
    labels = [item.label for item in datasets.find(config["dataset"]) if not item.reason]
    found = []
    for name, settings in config["models"].items():
        try:
            network = networks.describe(name, settings, _COMPUTE)
        except InputError as error:
            found.append(f"config: {error}")
            continue
        if max(labels, default=-1) >= network["classes"]:
            found.append(f"config: dataset: label {max(labels)} does not fit {name}: {network['classes']} classes")
        for label, block in config["methods"].items():
            reason = registry.refusal(block["method"], network)
            if reason:
                found.append(f"config: methods.{label}: cannot explain {name}: {reason}")
    return found


if __name__ == "__main__":
    lines = problems(json.load(sys.stdin))
    print("\n".join(lines))
    sys.exit(bool(lines))
