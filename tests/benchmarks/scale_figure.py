"""How cost grows with images, methods and networks, as a picture."""

from pathlib import Path

import matplotlib.pyplot as plt

_AXES = ("images", "methods", "networks")


def draw(rows: list[dict], path: Path) -> None:
    """Panels: whole runs by what grows; memory of jobs by images; planning and tables by all three together."""
    panels = {"growth": _runs, "memory": _memory, "planning": _pairs, "tables": _pairs}
    figure, axes = plt.subplots(2, 2, figsize=(11, 8), layout="constrained")
    for axis, (kind, panel) in zip(axes.flat, panels.items(), strict=True):
        axis.set_axis_off()
        part = [row for row in rows if row["kind"] == kind]
        if part:  # it was run
            axis.set_axis_on()
            panel(axis, part)
    figure.savefig(path)


def _runs(axis: plt.Axes, rows: list[dict]) -> None:
    for name in _AXES:
        part = [row for row in rows if row["what"].endswith(name)]
        axis.plot([row[name] / part[0][name] for row in part], [row["value"] for row in part], "o-", label=name)
    axis.set(xscale="log", yscale="log", xlabel="times 100 images, 1 method, 1 network", ylabel="wall time (s)")
    axis.set(title="A whole run, without curves, on two cores")
    axis.legend()


def _memory(axis: plt.Axes, rows: list[dict]) -> None:
    known = [row for row in rows if row["value"] is not None]
    for what in dict.fromkeys(row["what"] for row in known):
        part = [row for row in known if row["what"] == what]
        if len(part) > 1:
            axis.plot([row["images"] for row in part], [row["value"] for row in part], "o-", label=what)
    axis.set(ylim=(0, None), xlabel="images of the job", ylabel="MB", title="Peak memory of a job")
    axis.legend(fontsize=7)


def _pairs(axis: plt.Axes, rows: list[dict]) -> None:
    """Time on the left, memory on the right."""
    other = axis.twinx()
    for side, unit, mark in ((axis, "s", "o"), (other, "MB", "x")):
        part = [row for row in rows if row["unit"] == unit]
        sizes = [row["images"] * row["methods"] * row["networks"] for row in part]
        side.plot(sizes, [row["value"] for row in part], mark, color="C0" if unit == "s" else "C1", label=unit)
        side.set(ylim=(0, None), ylabel=f"{unit} ({mark})")
    axis.set(xlabel="images x methods x networks", title=rows[0]["kind"].title())
