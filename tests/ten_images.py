"""What a run of ten images, one network and one method takes, added up by hand."""

from cambench.estimate.records import Cost, Timing
from cambench.estimate.totals import Work

SHARDS = {"images": 10, "predictions": 10, "saliency": 4, "masked": 4, "curves": 10}
NET = Timing(
    images="resize32-crop32-bilinear",
    map=(8, 8),
    input=(32, 32),
    channels=4,
    device="cpu",
    open=1.0,
    predictions=Cost(0.1, 1),
    curves=Cost(0.7, 7),
    methods={"gc": {"saliency": Cost(0.2, 1), "masked": Cost(0.3, 1)}},
)
STEPS = {"pixels_per_step": 256, "points": "all"}
WORK = Work(
    10,
    {f"{name} gc": SHARDS for name in ("net", "a", "b")},
    {"gc": "layer"},
    points=STEPS,
    light=0.5,
    heavy=2.0,
    decode=0.01,
    given={},
)
# Jobs, passes, bytes and seconds. A job that runs the network starts in 2 s and opens it in 1 s; all others, and the
# one that finishes each store, start in 0.5 s.
EXPECTED = {
    "manifest": (1, 0, 0, 0.5 + 10 * 0.01),
    "machine": (1, 0, 0, 2),
    "images": (1 + 1, 0, 10 * (32 * 32 * 3 + 8 + 8), 2 * 0.5 + 10 * 0.01),
    "networks": (1, 0, 0, 2 + 4 * 1),
    "predictions": (1 + 1, 10, 10 * (8 + 8 + 8 + 8 + 8), (2 + 1) + 0.5 + 10 * 0.1),
    "saliency": (3 + 1, 10, 10 * (8 * 8 * 4 + 4 + 4), 3 * (2 + 1) + 0.5 + 10 * 0.2),
    "masked": (3 + 1, 10, 10 * (8 + 8 * 8 * 4 + 4 + 4), 3 * (2 + 1) + 0.5 + 10 * 0.3),
    "curves": (1 + 1, 70, 10 * (2 * 5 * 8 + 5 * 4 + 4 + 4), (2 + 1) + 0.5 + 10 * 0.7),
    "metrics": (1, 0, 10 * 150, 0.5),
    "tables": (11, 0, 0, 11 * 0.5 + 12),
}
