"""Writes the folder of a finished run of any number of images, with made-up numbers, in minutes instead of days."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from cambench.metrics import DEFAULT, in_order
from cambench.provenance import evidence
from cambench.report import page
from cambench.results.columns import METRICS, notes
from cambench.store import layout, tables, writer, written
from cambench.store.network import Network

SIZE, MAP, NETWORK = 224, 7, "net"
CAMS = ("gradcam", "gradcampp", "smoothgradcampp", "hirescam", "layercam", "xgradcam")
CAMS += ("eigencam", "scorecam", "ablationcam", "reciprocam", "random", "centre")
CONTROLS = ("random", "centre")
ROWS = 5000  # of a chunk file
PREPROCESSING = {"resize": 256, "crop": SIZE, "interpolation": "bilinear", "mean": [0.485, 0.456, 0.406]}
POINTS = {"pixels_per_step": 224, "points": 3}
CONFIG: dict[str, Any] = {
    "run": "synthetic",
    "networks": {NETWORK: {"title": "Made up", "preprocessing": PREPROCESSING}},
    "methods": {cam: {"cam": cam, "settings": {}} for cam in CAMS},
    "masking": {"order": "scale_then_upsample", "space": "normalised"},
    "curves": {"enabled": True, **POINTS},
}


def write(folder: Path, images: int) -> None:
    """A run of one network and twelve methods, whose maps have 7 x 7 cells."""
    rng = np.random.default_rng(0)
    stores = [("images", "resize256-crop224-bilinear")]
    stores += [(stage, NETWORK, cam) for stage in ("saliency", "masked", "curves") for cam in CAMS]
    for stage, *names in stores:
        _store(folder, stage, names, images, rng)
    tables.write(folder / "manifest.parquet", _manifest(images))
    metrics = in_order(DEFAULT)
    parts = [_scores(cam, metrics, images, rng) for cam in CAMS]
    tables.write(folder / "metrics.parquet", pl.concat([part.lazy() for part in parts]), notes=notes(metrics))
    (folder / "classes.json").write_text(json.dumps({NETWORK: [f"class of things {n}" for n in range(1000)]}))
    (folder / "report").mkdir()
    (folder / "report/index.html").write_text(page.page(_data(metrics, images)))
    _record(folder, images)


def _store(folder: Path, stage: str, names: list[str], images: int, rng: np.random.Generator) -> None:
    root, shapes = folder / layout.store(stage, *names), _shapes()
    for shard in range(layout.shard_count(images, ROWS)):
        first, last = layout.shard_rows(shard, ROWS, images)
        with writer.writing(layout.chunks(str(root), stage, shard), stage, ROWS) as put:
            for start in range(first, last, 500):
                put(_block(stage, min(500, last - start), shapes, rng))
    spec: Any = {"stage": stage, "rows_per_chunk": ROWS, "settings": ""}
    writer.finish(root, spec, images, shapes, {}, {})


def _shapes() -> layout.Shapes:
    facts: Any = {"input": [SIZE, SIZE], "map": [MAP, MAP], "channels": 1}
    return layout.Shapes.of(facts, "layer", POINTS)


def _block(stage: str, rows: int, shapes: layout.Shapes, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random values of every variable of a stage; photographs are squares of 8 x 8 pixels."""
    found: dict[str, np.ndarray] = {}
    for name, variable in layout.STAGES[stage].writes.items():
        shape = (rows, *layout.array(stage, name, ROWS, shapes).item_shape)
        if name == "pixels":
            small = rng.integers(0, 255, (rows, SIZE // 8, SIZE // 8, 3), np.uint8)
            found[name] = small.repeat(8, 1).repeat(8, 2)
        elif name == "steps":
            found[name] = shapes.points.steps(np.arange(rows))
        else:
            found[name] = rng.random(shape).astype(variable.dtype)
    return found


def _manifest(images: int) -> pl.DataFrame:
    paths = [f"val/ILSVRC2012_val_{number + 1:08d}.JPEG" for number in range(images)]
    labels = np.arange(images) % 1000
    columns = {"image": np.arange(images), "path": paths, "label": labels}
    return pl.DataFrame(columns).with_columns(pl.concat_list("label").alias("labels"))


def _scores(cam: str, metrics: list[str], images: int, rng: np.random.Generator) -> pl.DataFrame:
    numbers = np.arange(images)
    columns = {"network": NETWORK, "method": cam, "image": numbers, "target": numbers % 1000, "label": numbers % 1000}
    columns |= {"predicted": numbers % 1000, "correct": (numbers % 4 > 0).astype(np.int64)}
    columns |= {name: rng.random(images) for name in ("probability", "masked_probability", *metrics)}
    flags = {"degenerate": numbers % 997 == 0, "nonfinite": False, "ill_conditioned": False, "saliency_passes": 1}
    return pl.DataFrame({**columns, **flags})


def _data(metrics: list[str], images: int) -> dict[str, Any]:
    """A page of no numbers but those of its images."""
    lists = ("summary", "curves", "layers", "rejected", "verdict", "files")
    packed = ["pairwise", "ranks", "kendall", "ranks_by_criterion", "gains", "judged_metrics", "cost", "published"]
    packed += ["localisation"]
    titles = [{"name": cam, "title": cam, "cam": cam, "about": "", "settings": {}} for cam in CAMS]
    columns = {name: METRICS[name] for name in metrics}
    return {
        "version": 1,
        "run": "synthetic",
        "networks": [
            {"name": NETWORK, "title": "Made up", "images": images, "top1": 0.75, "random": True, "facts": {}}
        ],
        "methods": [{**one, "control": one["name"] in CONTROLS, "trivial": False} for one in titles],
        "metrics": [
            {
                "name": name,
                "title": of.title,
                "higher": of.higher_is_better,
                "definition": "",
                "source": "",
                "version": 1,
            }
            for name, of in columns.items()
        ],
        **{name: [] for name in lists},
        **{name: {"columns": [], "rows": []} for name in packed},
        "of_the_set": [],
        "confidence": 0.95,
        "captions": {"short": "", "long": ""},
        **dict.fromkeys(("methods_text", "bibtex", "config"), "made up"),
        "images": None,
    }


def _record(folder: Path, images: int) -> None:
    facts = dict.fromkeys(Network.__required_keys__)
    facts |= {"network": NETWORK, "input": [SIZE, SIZE], "map": [MAP, MAP], "preprocessing": PREPROCESSING}
    read = [*folder.glob("*.*"), *folder.glob("report/*"), *folder.rglob("zarr.json")]
    files = {path.relative_to(folder).as_posix(): written.sha256(path) for path in read}
    found = {"run": "synthetic", "config": CONFIG, "networks": {NETWORK: facts}, "manifest": {"images": images}}
    (folder / evidence.RECORD).write_text(json.dumps(evidence.sealed({**found, "files": files})))
