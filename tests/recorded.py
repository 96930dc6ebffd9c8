"""Records for tests, made by hand: whole ones, and ones with other values."""

import copy
import hashlib

import polars as pl

from cambench.records import identity
from cambench.records.read import Source

SHA = {letter: letter * 64 for letter in "abcdef"}
RECORD = {
    "record": 1,
    "network": {
        **{"name": "net", "title": "Net", "source": {"name": "resnet18"}, "state": SHA["a"], "random": False},
        **{"weights": "IMAGENET1K_V1", "revision": None, "checkpoint": None, "layer": "layer4", "layout": "nchw"},
        **{"map": [7, 7], "input": [224, 224], "classes": 1000, "score": "softmax", "queries": "all"},
        **{"precision": "float32", "parameters": 11_000_000},
        "preprocessing": {"resize": 256, "crop": 224, "interpolation": "bilinear", "mean": [0.5] * 3, "std": [0.5] * 3},
    },
    "method": {"label": "gradcam", "title": "Grad-CAM", "cam": "gradcam", "version": 1, "settings": {}},
    "data": {
        **{"name": "photographs", "kind": "folder", "images": 60, "digest": SHA["b"], "labels": SHA["c"]},
        "sample": None,
    },
    "definitions": {
        "target": "predicted",
        "masking": {"space": "normalised", "order": "scale_then_upsample"},
        "curves": {"points": "all", "area": "trapezoid", "deletion": {"start": "image", "end": "zero"}},
        "metrics": {"average_drop": 1, "adcc": 1, "adcc_per_image": 1},
    },
    "values": {
        name: {
            "mean": mean,
            "low": round(mean - 0.02, 4),
            "high": round(mean + 0.02, 4),
            "se": 0.01,
            "digest": SHA["d"],
        }
        for name, mean in (("average_drop", 0.1), ("adcc", 0.75), ("adcc_per_image", 0.74))
    },
    "counts": {"degenerate": 0, "nonfinite": 0, "ill_conditioned": 0, "top1": 0.8, "passes": 1.0},
    "intervals": {"confidence": 0.95, "resamples": 200, "seed": 0},
    "cost": [
        {"shared": False, "stage": "saliency", "jobs": 1, "passes": 1.0, "seconds": 0.5, "operations": None}
        | {"peak_memory": None}
    ],
    "machine": {"device": "cpu: x86_64", "precision": "float32", "peak": 1e9, "system": "Linux", "python": "3.11"},
    "software": {
        "versions": {"cambench": "0.1.0", "torch": "2.8.0"},
        "revision": None,
        "code": {"method": "0" * 16, "metrics": "1" * 16},
    },
    "made": "2026-01-01T00:00:00+00:00",
}


def changed(**changes):
    """A whole record with other values, by dotted name with `__` for dots; one that is `...` is left out."""
    record = copy.deepcopy(RECORD)
    for place, value in changes.items():
        *parents, name = place.split("__")
        block = record
        for parent in parents:
            block = block[parent]
        if value is ...:
            del block[name]
        else:
            block[name] = value
    return {**record, "sha256": identity.seal(record)}


class Run:
    """Of a finished run, what comparisons ask: its images and their values."""

    def __init__(self, pictures, values):
        """`pictures` texts that stand for what the images hold; `values` by metric, one per image."""
        digests = [hashlib.sha256(picture.encode()).hexdigest() for picture in pictures]
        self.manifest = pl.DataFrame({"image": range(len(digests)), "sha256": digests})
        rows = {"network": "net", "method": "gradcam", "image": range(len(digests))}
        self.frame = pl.DataFrame({**rows, **values})

    def scan(self):
        return self.frame.lazy()


def brought(name, record, run=None):
    """A source of one record."""
    return Source(name, {(record["network"]["name"], record["method"]["label"]): record}, run)
