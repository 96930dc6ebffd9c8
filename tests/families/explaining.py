"""What cambench makes of a network: its facts, which of some methods explain it, and why the others do not."""

from typing import Any

import numpy as np
import torch
from conftest import COMPUTE, opened

from cambench import methods
from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.networks.describe import describe
from cambench.networks.open import open_probe
from cambench.store.network import Network

# One or more of each kind of question that a method asks; others ask nothing else of a network.
METHODS = ["ablationcam", "attngradcam", "cam", "centre", "chefer", "eigencam", "fakecam", "gradcam", "gradcampp"]
METHODS += ["hirescam", "inputxgradient", "layercam", "legrad", "random", "rawattention", "reciprocam", "rollout"]
METHODS += ["scorecam", "shapleycam", "smoothgradcampp", "vitreciprocam", "xgradcam"]


def facts(settings: dict[str, Any]) -> Network:
    """The network as the workflow describes it; raises `InputError` if it is refused."""
    return describe("net", settings, COMPUTE)


def refused(described: Network) -> dict[str, str]:
    """Why methods cannot explain a network, by method."""
    reasons = {name: methods.refusal(name, described) for name in METHODS}
    return {name: reason for name, reason in reasons.items() if reason}


def maps(settings: dict[str, Any], names: list[str], images: int = 2) -> dict[str, torch.Tensor]:
    """Raw maps (images, h, w) of the predicted classes, by method; costly ones explain the first image alone."""
    probe = open_probe("net", settings, COMPUTE)
    pixels = np.random.default_rng(0).integers(0, 256, (images, *probe.input_shape, 3), dtype=np.uint8)
    with torch.no_grad():
        classes = probe.run(probe.network, probe.prepare(pixels)).argmax(1)
    batches = {rows: opened(probe, pixels[:rows], classes[:rows]) for rows in (1, images)}
    shown = {name: batches[1 if methods.facts(name).costly else images] for name in names}
    return {name: bind(name, {}, COMPUTE["batch"])(shown[name])[0] for name in names}


def attempt(settings: dict[str, Any]) -> Network | str:
    """The network's facts, or the line that refuses it."""
    try:
        return facts(settings)
    except InputError as error:
        return str(error).removeprefix("networks.net: ")
