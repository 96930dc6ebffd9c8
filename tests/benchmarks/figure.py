"""The comparison as a picture: how many times as fast as each peer, its allocator set as ours."""

from pathlib import Path

import matplotlib.pyplot as plt

_COLOURS = {"torch-cam": "#e69f00", "pytorch-grad-cam": "#0072b2", "RISE": "#009e73"}


def draw(rows: list[dict], path: Path) -> None:
    """One panel per network, one bar per method and peer; 1 is as fast."""
    networks = list(dict.fromkeys(row["network"] for row in rows))
    figure, axes = plt.subplots(1, len(networks), figsize=(3.2 * len(networks), 6), sharey=True, squeeze=False)
    kept = [row for row in rows if row["allocator"] == "ours"]
    labels = list(dict.fromkeys(_label(row) for row in kept))
    for axis, network in zip(axes[0], networks, strict=True):
        for row in (row for row in kept if row["network"] == network):
            axis.barh(labels.index(_label(row)), row["ratio"], color=_COLOURS[row["peer"]])
        axis.axvline(1, color="black", linewidth=1)
        axis.set_title(network)
        axis.set_xscale("log", base=2)
        axis.xaxis.set_major_formatter("{x:g}x")
    axes[0][0].set_yticks(range(len(labels)), labels)
    axes[0][0].invert_yaxis()
    figure.supxlabel("times as fast as the peer")
    figure.tight_layout()
    figure.savefig(path)


def _label(row: dict) -> str:
    method = {"adcc": f"ADCC, {row['method'].count('+') + 1} methods", "curves": "curves"}
    return f"{method.get(row['kind'], row['method'])} / {row['peer']}"
