"""What a run will take: jobs, forward passes, bytes and hours of every stage, network and method."""

import polars as pl

from .layout import curve_points, map_shape, shard_count

_ROW = 150  # bytes of a row of metrics.parquet
_TABLES = 9  # jobs that make tables, figures, the report and the record
_FIGURES = 12.0  # seconds that matplotlib needs for a run's figures, start-up apart


def estimate(images: int, models: dict[str, dict], methods: dict[str, dict], run: dict) -> pl.DataFrame:
    """One row for each stage, network and method.

    **Arguments:** `models` by name with input (H, W), and what `calibration.measure` found; `methods` by label with
    resolution; `run` with sizes (rows a job, by label and stage), light (seconds to start a job without torch), heavy
    (with torch), decode (seconds an image), curves (settings or None), given (passes a second, by model).
    **Returns:** stage, model, method, jobs, passes, bytes, hours (of all jobs, one after the other).
    """
    light, size = run["light"], next(iter(run["sizes"].values()))
    reading, jobs = images * run["decode"], shard_count(images, size["images"])
    rows = [_row("manifest", "", "", 1, 0, 0, light + reading)]
    for height, width in {tuple(model["input"]) for model in models.values()}:
        stored = images * (height * width * 3 + 16)
        rows.append(_row("images", "", "", jobs + 1, 0, stored, (jobs + 1) * light + reading))
    for name, model in models.items():
        rows.append(_row("networks", name, "", 1, 0, 0, run["heavy"] + 2 * model["open"]))
        rows.append(
            _of_stage("predictions", name, "", model["predictions"], images, size["predictions"], 28, model, run)
        )
        for label, method in methods.items():
            rows += _of_method(images, name, model, label, method, run)
    rows.append(_row("tables", "", "", _TABLES, 0, 0, _TABLES * light + _FIGURES))
    return pl.DataFrame(rows)


def _of_method(images: int, name: str, model: dict, label: str, method: dict, run: dict) -> list[dict]:
    height, width = map_shape(model, method["resolution"])
    stages = {stage: (model["methods"][label][stage], height * width * 4 + 8) for stage in ("saliency", "masked")}
    if run["curves"]:
        points = len(curve_points(model["input"][0] * model["input"][1], run["curves"]["pixels_per_step"]))
        stages["curves"] = model["curves"], 2 * points * 4 + 4
    rows = [
        _of_stage(stage, name, label, cost, images, run["sizes"][label][stage], size, model, run)
        for stage, (cost, size) in stages.items()
    ]
    return [*rows, _row("metrics", name, label, 1, 0, images * _ROW, run["light"])]


def _of_stage(
    stage: str, name: str, label: str, cost: tuple, images: int, shard: int, size: int, model: dict, run: dict
) -> dict:
    """The jobs of a store, `size` bytes an image, and the one that finishes it."""
    jobs, (seconds, passes) = shard_count(images, shard), cost
    if name in run["given"]:  # the machine to be used is faster than this one by the ratio of their forward passes
        seconds /= run["given"][name] * model["predictions"][0]
    start = jobs * (run["heavy"] + model["open"]) + run["light"]
    return _row(stage, name, label, jobs + 1, images * passes, images * size, start + images * seconds)


def _row(stage: str, model: str, method: str, jobs: int, passes: float, size: float, seconds: float) -> dict:
    names = {"stage": stage, "model": model, "method": method}
    return {**names, "jobs": jobs, "passes": round(passes), "bytes": round(size), "hours": seconds / 3600}


def _total(table: pl.DataFrame) -> pl.DataFrame:
    names = [pl.lit(text).alias(name) for text, name in (("total", "stage"), ("", "model"), ("", "method"))]
    return table.select(*names, pl.sum("jobs", "passes", "bytes", "hours"))


def assumptions(images: int, models: dict[str, dict], run: dict) -> str:
    """What the estimate rests on, a line a network."""
    lines = [f"{images:,} images; {run['light']:.1f} s to start a job, {run['heavy']:.1f} s with torch."]
    for name, model in models.items():
        measured, given = 1 / model["predictions"][0], run["given"].get(name)
        source = f"{given:g} (given; {measured:.0f} measured" if given else f"{measured:.0f} (measured"
        lines.append(f"{name}: {source} on {model['device']}) forward passes a second.")
    return "\n".join(lines)


def text(table: pl.DataFrame, cores: int, basis: str) -> str:
    """The estimate as a terminal shows it, with totals."""
    whole = pl.concat([table, _total(table)])
    readable = whole.with_columns((pl.col("bytes") / 1e6).alias("MB")).drop("bytes")
    with pl.Config(float_precision=3, tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, thousands_separator=",") as style:
        style.set_tbl_formatting("MARKDOWN")
        style.set_tbl_hide_dataframe_shape(True)
        style.set_tbl_hide_column_data_types(True)
        shown = str(readable)
    hours = float(table["hours"].sum())
    return f"{shown}\n\n{basis}\nAbout {_duration(hours / cores)} with {cores} jobs at a time."


def _duration(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.1f} minutes"
