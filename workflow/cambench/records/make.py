"""Make the records of a finished run: what decides its numbers, the numbers, and what they cost."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import polars as pl

from .. import further, methods, own
from ..config import layers
from ..errors import InputError
from ..images.sizes import preprocessing_name
from ..runs.run import Run
from . import canonical, identity

VERSION = 1  # of what a record holds; schema.json describes it
_NETWORK = (
    *("state", "random", "weights", "revision", "checkpoint", "layer", "layout", "map", "input", "classes"),
    *("score", "queries", "precision", "preprocessing", "parameters"),
)
_SOURCES = ("name", "timm", "hf", "factory", "arguments")  # where a network's code comes from
_COUNTS = ("degenerate", "nonfinite", "ill_conditioned", "top1", "passes")
_PACKAGES = ("cambench", "numpy", "pillow", "torch", "torchvision", "timm", "transformers")
_SAMPLE = ("images", "seed", "stratify", "half_width")
LONGEST = 100  # characters of a data set's name
_COST = ("stage", "jobs", "passes", "seconds", "operations", "peak_memory")


def records(
    run: Run, data: str | None = None, network: str | None = None, method: str | None = None
) -> list[dict[str, Any]]:
    """Records of networks and methods of a run, as `schema.json` describes them.

    **Arguments:** `data` names the data set for people; by default its folder does; `network` and `method` None stand
    for all. **Raises:** `InputError` for what the run has not, for a run that recorded no versions, and for a method
    that is installed in another version.
    """
    summary = {(row["network"], row["method"]): row for row in run.table("summary").iter_rows(named=True)}
    images = _data(run, data)
    order = run.manifest.select("image", "sha256").sort("sha256", "image")
    return [_sealed(_record(run, *pair, images, summary[pair], order)) for pair in run.some(network, method)]


def _sealed(record: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = canonical.rounded(record)
    return {**plain, "sha256": identity.seal(plain)}


def _record(
    run: Run, network: str, method: str, data: dict[str, Any], row: dict[str, Any], order: pl.DataFrame
) -> dict[str, Any]:
    facts = run.record.facts
    known = [name for name in [*_versions(run)["metrics"], "adcc_per_image"] if name in row]
    frame = run.scan().filter(pl.col("network") == network, pl.col("method") == method).collect()
    values = order.join(frame, "image", maintain_order="left")
    return {
        "record": VERSION,
        "network": _network(run, network),
        "method": _method(run, network, method),
        "data": {**data, **_objects(run, network, order)},
        "definitions": _definitions(run, known),
        "values": {name: _value(row, name, values) for name in known},
        "counts": {name: row[name] for name in _COUNTS},
        "intervals": {key: run.config["tables"][key] for key in ("confidence", "resamples", "seed")},
        "cost": _cost(run, network, method),
        "machine": {**run.record.json("machine.json"), **facts["platform"]},
        "software": _software(facts, run.config["methods"][method]["cam"]),
        "made": facts["finished"],
    }


def _network(run: Run, name: str) -> dict[str, Any]:
    facts: dict[str, Any] = dict(run.networks[name])
    block = _blocks(run.config)[name]
    own = {key: _elsewhere(block[key]) if key in ("timm", "hf") else block[key] for key in _SOURCES if key in block}
    found = {key: facts[key] for key in _NETWORK}
    return {"name": name, "title": run.titles.networks[name], "source": own, **found}


def _elsewhere(text: str) -> str:
    """What a configuration names, without the places of a user's disk."""
    return f"./{Path(text).name}" if text.startswith(("/", "~", ".")) else text


def _objects(run: Run, network: str, order: pl.DataFrame) -> dict[str, str]:
    """Digest of where the objects of the images lie, if metrics of the run ask for it."""
    name = f"objects/{preprocessing_name(run.networks[network]['preprocessing'])}.parquet"
    if name not in run.record.names:
        return {}
    objects = order.join(pl.read_parquet(run.record.file(name)), "image", maintain_order="left").drop("image")
    told = pl.selectors.binary().map_elements(lambda mask: hashlib.sha256(mask).hexdigest(), pl.String)
    return {"objects": canonical.digest(objects.with_columns(told).rows())}


def _blocks(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Blocks of the configuration by name, of several target layers one each."""
    found: dict[str, dict[str, Any]] = {}
    for name, block in config["networks"].items():
        found |= layers.entries(name, block) if "layers" in block else {name: block}
    return found


def _method(run: Run, network: str, label: str) -> dict[str, Any]:
    block, version = run.config["methods"][label], _versions(run)["methods"][label]
    found = run.record.json(f"saliency/{network}/{label}.zarr/zarr.json")["attributes"]["settings"]
    # In place of the paths of maps that were made elsewhere, digests of what they hold.
    told = {"files": found["files"]} if "files" in found else _complete(run, label, version)
    named = {"label": label, "title": run.titles.methods[label], "cam": _elsewhere(block["cam"])}
    changed = {"of": found["of"]} if "of" in found else {}
    return {**named, "version": version, "settings": told, **changed}


def _complete(run: Run, label: str, version: int) -> dict[str, Any]:
    """All settings of a method, those that are not given as well; of smoothing, which any may have, what is in use.

    Of a user's own method that is not here any more, those that are given.
    """
    block = run.config["methods"][label]
    try:
        facts = methods.facts(block["cam"])
    except InputError:
        if own.is_own(block["cam"]):
            return dict(block["settings"])
        raise
    if facts.version != version:
        said = f"version {version}, and version {facts.version} is installed; export it with the cambench that made it"
        raise InputError(f"{run.path}: {label} was made by {block['cam']} of {said}")
    defaults = {name: setting.default for name, setting in facts.settings.items()}
    others = {name: setting.default for name, setting in facts.allowed.items() if name not in defaults}
    given = {key: value for key, value in block["settings"].items() if key not in others or value != others[key]}
    return {**defaults, **given}


def _versions(run: Run) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] | None = run.record.facts.get("definitions")
    if found is None:
        raise InputError(
            f"{run.path}: made by a cambench that recorded no versions of metrics and methods; run it again"
        )
    return found


def _definitions(run: Run, known: list[str]) -> dict[str, Any]:
    """What decides the numbers beside network, method and images."""
    config, versions = run.config, _versions(run)["metrics"]
    stages = further.every_setting(config)
    curves = {key: value for key, value in config["curves"].items() if key != "enabled"}
    return {
        "target": config["target"],
        "masking": config["masking"],
        "curves": curves if config["curves"]["enabled"] else None,
        **({"stages": stages} if stages else {}),
        # The mean of the images' own ADCC is of the same definition.
        "metrics": {name: versions["adcc" if name == "adcc_per_image" else name] for name in known},
    }


def _data(run: Run, name: str | None) -> dict[str, Any]:
    manifest, config = run.manifest.sort("sha256", "image"), run.config["dataset"]
    several = manifest["labels"].cast(pl.List(pl.String)).list.join(" ")
    sample = {key: value for key, value in (config.get("sample") or {}).items() if key in _SAMPLE}
    return {
        "name": name or _folder(config),
        "kind": config["kind"],
        "images": len(manifest),
        "digest": _digest(manifest["sha256"]),
        "labels": _digest(f"{one} {labels}" for one, labels in zip(manifest["sha256"], several, strict=True)),
        "sample": sample or None,
    }


def _folder(dataset: dict[str, Any]) -> str:
    """A name for a data set, without the places of a user's disk, and the same wherever it is asked for."""
    if dataset["kind"] == "imagenet":
        return "ImageNet (ILSVRC2012), validation"
    path = str(dataset["path"])
    shown = path.removeprefix("package:") if path.startswith("package:") else Path(os.path.normpath(path)).name
    plain = "".join(mark for mark in shown if mark.isprintable())[:LONGEST]
    return plain if plain.strip(".") else "images"


def _value(row: dict[str, Any], name: str, values: pl.DataFrame) -> dict[str, Any]:
    """Mean, interval and standard error of a metric, and a digest of the images' values in the order of their digests.

    Values count to six decimals, so that rounding alone does not change the digest.
    """
    column = "adcc" if name == "adcc_per_image" else name
    lines = [_decimals(value) for value in values[column]]
    ends = {key: row[f"{name}_{key}"] for key in ("low", "high", "se")}
    return {"mean": row[name], **ends, "digest": _digest(lines)}


def _decimals(value: float | None) -> str:
    return "" if value is None else f"{value:.6f}"


def _cost(run: Run, network: str, method: str) -> list[dict[str, Any]]:
    """What each stage took; `shared` ones serve all methods of the network."""
    table = run.table("cost").filter(pl.col("network") == network)
    chosen = table.filter(pl.col("method").is_null() | (pl.col("method") == method))
    rows = chosen.with_columns(pl.col("method").is_null().alias("shared"))
    return rows.select("shared", *_COST).to_dicts()


def _software(facts: dict[str, Any], cam: str) -> dict[str, Any]:
    """Versions and digests of code: for whom wants to know, as versions of definitions say what numbers mean."""
    code = facts["code"]
    named = {"method": code.get(f"methods.{cam}", code.get(cam)), "metrics": code.get("metrics")}
    versions = {name: facts["versions"][name] for name in _PACKAGES if name in facts["versions"]}
    return {"versions": versions, "revision": facts["revision"], "code": named}


def _digest(lines: Iterable[str]) -> str:
    """SHA-256 of lines."""
    return hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
