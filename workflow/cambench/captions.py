"""What a reader must know of the numbers: images, top-1, settings, and warnings where labels look wrong."""

import polars as pl

_NEAR_CHANCE = 5  # times the share that guessing would get right
_FEW_CLASSES = 20  # below which five times chance is not bad


def caption(frame: pl.DataFrame, models: dict[str, str], networks: dict[str, dict], facts: dict) -> str:
    """One paragraph for every table.

    **Arguments:** `frame` the per-image table; `networks` as stage `networks` describes them; `facts` with rejected,
    target, masking, precision, bootstrap, curves (settings, or None), and effect: by metric, by how many points the
    precision was seen to move a mean (empty for float32).
    """
    counts = f"{facts['rejected']} file{'' if facts['rejected'] == 1 else 's'} rejected"
    masking = f"masked in {facts['masking']['space']} space, {facts['masking']['order'].replace('_', ' ')}"
    bootstrap, curves = facts["bootstrap"], facts["curves"]
    steps = f"{curves['pixels_per_step']} pixels a step of the curves; " if curves else ""
    sentences = [
        f"Mean over images, in percent. {'; '.join(_model(frame, models))}; {counts}.",
        f"Class: {facts['target']}; {masking}; {steps}{facts['precision']};"
        f" {100 * bootstrap['confidence']:g} % intervals from {bootstrap['resamples']} paired resamples of the images"
        " are in summary.csv. ADCC is that of the means, as published.",
    ]
    if facts["effect"]:
        moved = ", ".join(f"{name.replace('_', ' ')} {points:.2g}" for name, points in facts["effect"].items())
        sentences.append(f"On the demo {facts['precision']} moved a method's mean by at most (points): {moved}.")
    return " ".join([*sentences, *warnings(frame, models, networks)])


def warnings(frame: pl.DataFrame, models: dict[str, str], networks: dict[str, dict]) -> list[str]:
    """One sentence for each model whose top-1 is near chance, or whose classes are the labels moved by one."""
    found = []
    for model, rows in _labelled(frame):
        classes, hits = networks[model]["classes"], {shift: _share(rows, shift) for shift in (-1, 0, 1)}
        best = max(hits, key=lambda shift: hits[shift])
        if best != 0 and hits[best] > 0.2 and hits[best] > 4 * hits[0]:
            found.append(
                f"WARNING: {models[model]} predicts the label {best:+d} for {100 * hits[best]:.1f} % of the images and"
                f" the label itself for {100 * hits[0]:.1f} %: the labels look off by one."
            )
        elif classes >= _FEW_CLASSES and hits[0] < _NEAR_CHANCE / classes:
            found.append(
                f"WARNING: {models[model]} has a top-1 of {100 * hits[0]:.1f} %, near chance"
                f" ({100 / classes:.2g} %): weights, labels or preprocessing may be wrong."
            )
    return found


def _model(frame: pl.DataFrame, models: dict[str, str]) -> list[str]:
    top1 = {model: f", top-1 {100 * _share(rows, 0):.1f} %" for model, rows in _labelled(frame)}
    images = dict(frame.group_by("model").agg(pl.col("image").n_unique()).iter_rows())
    return [f"{models[model]}: {images[model]} images{top1.get(model, '')}" for model in models]


def _labelled(frame: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Predicted class and label of every labelled image, by model."""
    once = frame.select("model", "image", "predicted", "label").filter(pl.col("label") >= 0).unique(["model", "image"])
    return [(str(key[0]), rows) for key, rows in once.group_by(["model"], maintain_order=True)]


def _share(rows: pl.DataFrame, shift: int) -> float:
    return float((rows["predicted"] == rows["label"] + shift).mean() or 0)  # type: ignore[arg-type]
