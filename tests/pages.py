"""Sources of pages, made from per-image tables whose truth is known, and the pages that are made of them."""

from dataclasses import replace

import frames
import polars as pl

from cambench.report import captions
from cambench.report.contents.sources import Method, Sources
from cambench.results.bootstrap import resample
from cambench.results.columns import METRICS
from cambench.results.comparison import compare
from cambench.results.judging import Known, gains, ranks_by_criterion
from cambench.results.judging_metrics import judge
from cambench.results.summary import summarise

NETWORK = {
    **{"classes": 1000, "score": "softmax", "layer": "layer4", "random": False, "operations": 10, "folds": []},
    **{"layout": "nchw", "prefix": 0, "map": [7, 7], "queries": "all", "input": [224, 224]},
    "preprocessing": {
        **{"resize": 224, "crop": 224, "interpolation": "bilinear"},
        **{"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    },
    **{"own_preprocessing": None, "weights": "IMAGENET1K_V2", "revision": None, "checkpoint": None},
}
CAPTION = captions.Facts(
    rejected=0,
    target="predicted",
    masking={"space": "normalised", "order": "scale_then_upsample"},
    precision="float32",
    bootstrap=frames.BOOTSTRAP,
)
CURVES = {"pixels_per_step": 224, "points": "all", "ties": "random"}
COST = {
    **{"network": "net", "method": "good", "stage": "saliency", "images": 60, "jobs": 1, "passes": 1.0},
    **{"seconds": None, "operations": 2e9, "share": None, "peak_memory": 812.3},
}


def methods(**titles):
    """Methods by name; those named random, centre or fake are controls."""
    return {name: Method(title, name, name in ("random", "centre", "fake")) for name, title in titles.items()}


def sources(frame, networks, methods, **others):
    """Sources of a run with these titles of networks and these methods."""
    resampled = resample(frame, list(networks), list(methods), frames.BOOTSTRAP)
    tables, summary = dict(compare(resampled)._asdict()), summarise(frame, resampled)
    known = Known([name for name, method in methods.items() if method.control], ["random"] * ("random" in methods))
    tables["ranks_by_criterion"] = ranks_by_criterion(tables["ranks"])
    tables |= {"gains": gains(summary, known), "judged_metrics": judge(frame, summary, known)}
    settings = {
        **{"config": {"run": "made-up", "methods": {}}, "facts": dict.fromkeys(networks, NETWORK)},
        **{"caption": CAPTION, "rejected": pl.DataFrame({"path": [], "reason": []}, schema_overrides=_TEXTS)},
        **{"files": ["tables/summary.csv", "metrics.parquet", "report/index.html"]},
    }
    settings["tables"] = {**tables, "cost": pl.DataFrame(COST), **others.pop("tables", {})}
    return Sources(
        networks=networks,
        methods=methods,
        frame=frame.select(captions.COLUMNS),
        summary=summary,
        **{**settings, **others},
    )


_TEXTS = {"path": pl.String, "reason": pl.String}


def levels(images=60, networks=("net",)):
    """Methods good, fair, fair2 and bad of `frames.levels`, whose order every metric sees."""
    return pl.concat([frames.levels(images, network) for network in networks])


def renamed(frame, **names):
    """The frame with other names of methods."""
    return frame.with_columns(pl.col("method").replace(names))


def curves(networks, methods):
    """Mean curves that fall and rise on straight lines."""
    rows = [
        {"network": network, "method": method, "curve": curve, "share": share, "mean": mean, "band": 0.05}
        for network in networks
        for method in methods
        for curve in ("deletion", "insertion")
        for share, mean in ((0.0, 0.8), (0.5, 0.4), (1.0, 0.0))
    ]
    return pl.DataFrame(rows)


def worst_case(text):
    """Sources in which every text that a user can write is `text`."""
    found = sources(
        levels(),
        {"net": text},
        methods(good=text, fair=f"{text} 2", fair2=f"{text} 3", bad=f"{text} 4"),
        rejected=pl.DataFrame({"path": [f"{text}.png"], "reason": [text]}),
        tables={"curves": curves(["net"], ["good", "fair", "fair2", "bad"])},
        config={"run": text, "note": text},
        files=[f"tables/{text.replace('/', '')}.csv"],
    )
    return replace(found, facts={"net": {**NETWORK, "weights": text, "layer": text}})


def best(metric):
    """The best value of a metric."""
    return 1.0 if METRICS[metric].higher_is_better else 0.0
