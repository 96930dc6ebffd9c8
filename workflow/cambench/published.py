"""Stage `published`: the published table beside the regenerated one."""

import polars as pl

from . import formats
from .views import PAPER, titles

IMAGES = 50_000
# What decides a number and is not a network's or a method's: see reference/README.md.
SETTINGS = {
    "target": "predicted",
    "order": "scale_then_upsample",
    "space": "normalised",
    "resize": 224,
    "crop": 224,
    "pixels_per_step": 224,
    "deletion": {"start": "image", "end": "zero"},
    "insertion": {"start": "blur", "end": "image"},
}
_CLOSE, _NEAR = 0.5, 2.0  # percentage points
_SIGNS = {"within 0.5": "=", "within 2": "≈", "beyond": "≠", "no verdict": "", "not run": ""}


def compare(
    summary: pl.DataFrame, published: pl.DataFrame, labels: dict[str, str], obstacles: list[str]
) -> pl.DataFrame:
    """Every published number with ours, in percent.

    **Arguments:** `summary` as stage `tables` makes it (fractions); `published` with model, method, source and the
    metrics in percent; `labels` the published method's name by label of ours; `obstacles` to a verdict.
    **Returns:** model, method, source, label, metric, published, ours, difference, and verdict: within 0.5 (points),
    within 2, beyond; not run; or no verdict, if there is an obstacle.
    """
    metrics = [name for name in PAPER if name in published.columns]
    theirs = published.unpivot(metrics, index=["model", "method", "source"], variable_name="metric")
    names = pl.DataFrame(
        {"label": list(labels), "method": list(labels.values())}, schema_overrides={"method": pl.String}
    )
    found = [name for name in metrics if name in summary.columns]
    ours = summary.rename({"method": "label"}).unpivot(found, index=["model", "label"], variable_name="metric")
    ours = ours.join(names, "label").with_columns(pl.col("value") * 100).rename({"value": "ours"})
    table = theirs.rename({"value": "published"}).join(
        ours, ["model", "method", "metric"], "left", maintain_order="left"
    )
    table = table.with_columns((pl.col("ours") - pl.col("published")).alias("difference"))
    return table.with_columns(_verdict(obstacles).alias("verdict")).select(
        "model", "method", "source", "label", "metric", "published", "ours", "difference", "verdict"
    )


def _verdict(obstacles: list[str]) -> pl.Expr:
    distance = pl.col("difference").abs()
    close = pl.when(distance <= _CLOSE).then(pl.lit("within 0.5"))
    judged = close.when(distance <= _NEAR).then(pl.lit("within 2")).otherwise(pl.lit("beyond"))
    run = pl.lit("no verdict") if obstacles else judged
    return pl.when(pl.col("ours").is_null()).then(pl.lit("not run")).otherwise(run)


def obstacles(
    images: dict[str, int], networks: dict[str, dict], weights: dict[str, str], settings: dict[str, dict]
) -> list[str]:
    """Why our numbers cannot be held against the published ones; empty if they can.

    **Arguments:** `images` used, by model; `networks` as stage `networks` describes them; `weights` the first digits
    of the SHA-256 of the weights IMAGENET1K_V1, by model; `settings` those of `SETTINGS` that were used, by model.
    """
    found = []
    for model in images.keys() & weights.keys():
        used = networks[model]["weights"]
        changed = [name for name, value in settings[model].items() if value != SETTINGS[name]]
        if changed:
            found.append(f"{model}: other settings than the paper's ({', '.join(changed)})")
        if images[model] != IMAGES:
            found.append(f"{model}: {images[model]:,} images, not {IMAGES:,}")
        if used != "IMAGENET1K_V1" and not used.startswith(weights[model]):
            found.append(f"{model}: other weights than IMAGENET1K_V1 ({used[:20]})")
    return sorted(found)


def view(table: pl.DataFrame, models: dict[str, str], obstacles: list[str]) -> dict[str, str]:
    """The comparison in `md`, `tex` and `html`: in each cell published / ours (difference) and a sign."""
    rows = table.unique(["model", "method"], maintain_order=True)
    cells = {}
    for (metric,), part in table.group_by(["metric"], maintain_order=True):
        cells[formats.heading(str(metric))] = [_cell(row) for row in part.iter_rows(named=True)]
    marks = formats.no_marks(len(rows))
    return formats.render(titles(rows, models, {}), cells, marks, _caption(obstacles), "published")


def _cell(row: dict) -> str:
    if row["ours"] is None:
        return f"{row['published']:.2f} / –"
    difference = f"{row['difference']:+.2f}".replace("-", "−")
    return f"{row['published']:.2f} / {row['ours']:.2f} ({difference}) {_SIGNS[row['verdict']]}".rstrip()


def _caption(obstacles: list[str]) -> str:
    text = "Published / regenerated (difference), in percent and percentage points. "
    if obstacles:
        return f"{text}No verdict is given: {'; '.join(obstacles)}."
    return f"{text}= within 0.5 points, ≈ within 2, ≠ beyond; – not run."
