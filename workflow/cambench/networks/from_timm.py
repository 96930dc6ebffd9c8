"""Networks of timm, by name or from a repository, with their own weights, random ones, or a file's."""

import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

from torch import nn

from ..errors import InputError, suggestion
from . import hub, weights

_HUB = "hf-hub:"


def construct(settings: Mapping[str, Any]) -> nn.Module:
    """The network of a block with `timm`. **Raises:** `InputError`, one line, for what timm does not have."""
    timm, found, options = library(), repository(settings), dict(settings["arguments"])
    pretrained, name = settings["weights"] == "pretrained", settings["timm"]
    if found and pretrained:  # read here, because not every version of timm refuses files that would run code
        state = weights.read(found.weights(*_files(name)))
        options["pretrained_cfg_overlay"] = {"source": "", "file": "", "state_dict": state}
    if found and is_published_alone(name):
        _check_config(found)
        name = f"local-dir:{found.folder}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that timm has changed, and of kernels that it lacks
        network = timm.create_model(name, pretrained=pretrained, **options)
    network.pretrained_cfg.pop("state_dict", None)
    _check(network, pretrained)
    return network


def repository(settings: Mapping[str, Any]) -> hub.Snapshot | None:
    """The repository, or the local folder, that a network or its weights come from; None if it needs none.

    **Raises:** `InputError` for a name or weights that timm does not have.
    """
    name = settings["timm"]
    if is_published_alone(name):
        return hub.snapshot(name.removeprefix(_HUB), settings)
    found = config(name)
    if settings["weights"] != "pretrained":
        return None
    if found.hf_hub_id:
        return hub.snapshot(found.hf_hub_id, settings)
    if found.url:
        raise InputError(f"{name}: timm has its weights at {found.url} alone; fetch the file, and name it in weights")
    raise InputError(f"timm has no weights of {name}; name a file in weights, or write weights: null for random ones")


def config(name: str) -> Any:
    """What timm says of a network's weights, of the tag in its name or of its default one."""
    timm = library()
    architecture, _, tag = name.partition(".")
    if not timm.is_model(architecture):
        raise InputError(f"timm has no network {architecture!r}{suggestion(architecture, timm.list_models())}")
    tags = [known.partition(".")[2] for known in timm.list_models(f"{architecture}.*", include_tags=True)]
    if tag and tag not in tags:
        has = ", ".join(filter(None, tags)) or "none"
        raise InputError(f"timm has no weights {tag!r} of {architecture}; it has {has}")
    found = timm.models.get_pretrained_cfg(name)
    if found is None:
        renamed: dict[str, str | None] = getattr(timm.models, "get_deprecated_models", dict)()
        now = renamed.get(architecture) or "gone"
        raise InputError(f"timm has no network {architecture!r} any more; it is now {now}")
    return found


def library() -> Any:
    """The package timm. **Raises:** `InputError` that says how to install it."""
    if find_spec("timm") is None:
        raise InputError('timm is not installed: pip install ".[timm]"')
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of modules that move from one version to the next
        import timm
    return timm


def is_published_alone(name: str) -> bool:
    """Whether a network comes with a config of its own, and is not one of timm's list."""
    return name.startswith(_HUB) or hub.is_folder(name)


def _files(name: str) -> list[str]:
    """Names of a file of weights, if timm says that it has another than usual."""
    return [] if is_published_alone(name) else list(filter(None, [config(name).hf_hub_filename]))


def _check_config(found: hub.Snapshot) -> None:
    """Refuse a repository whose config names no network of timm."""
    said = found.config()
    if "architecture" in said:
        return
    if "model_type" in said:
        raise InputError(f"{found.name} is a network of transformers: write hf: {found.name}")
    raise InputError(f"{found.name}: its config.json names no architecture of timm")


def _check(network: nn.Module, pretrained: bool) -> None:
    """Refuse a network without classifier, and one of whose weights a part would be random."""
    cfg = getattr(network, "pretrained_cfg", None) or {}
    classes, known = getattr(network, "num_classes", None), cfg.get("num_classes")
    if classes == 0:
        raise InputError("it has no classifier (num_classes is 0), but returns features; name a tag that has one")
    if (channels := getattr(network, "in_chans", 3)) != 3:
        raise InputError(f"it takes {channels} channels, not three")
    if pretrained and classes is not None and known not in (None, classes):
        raise InputError(f"arguments: its weights have {known} classes, not {classes}; name a file of such weights")
