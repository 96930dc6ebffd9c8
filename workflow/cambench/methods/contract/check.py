"""Whether a method keeps the contract: shape, finite, repeatable, the same in any batch, nothing left behind."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ...networks.batch import Batch
from ...networks.open import opened
from ...networks.probe import Probe, Shard
from .. import facts_with
from .._contract import Method, bind

_IMAGES, _CLASSES = 6, 5  # of the images that are made up, and classes of the small network
_OTHER = [4, 1]  # images that are explained once more, in another batch
_BROKEN = 2  # the image that is not finite
_CLOSE = 1e-5  # of the largest value: rounding of a batch of another size
_COMPUTE: dict[str, Any] = {"device": "cpu", "precision": "float32", "batch": 4}


def check(
    cam: str,
    settings: Mapping[str, Any] | None = None,
    network: nn.Module | None = None,
    layer: str | None = None,
    size: int = 32,
) -> None:
    """Explain images of noise, and hold what the method returns against its contract.

    **Arguments:** `cam` its path, such as `my_methods/mine.py`, or the name of a method of cambench; `settings` of it;
    `network` in evaluation mode that takes inputs of `size` x `size` pixels, opened at `layer` as in the configuration;
    by default a small one: convolution, ReLU, global average pooling, a linear layer. **Raises:** `AssertionError`,
    with one line per problem; `InputError`, one line, if the file cannot be used.
    """
    if found := problems(cam, settings, network, layer, size):
        raise AssertionError("\n".join(found))


def problems(
    cam: str,
    settings: Mapping[str, Any] | None = None,
    network: nn.Module | None = None,
    layer: str | None = None,
    size: int = 32,
) -> list[str]:
    """The same as `check`, which returns one line per problem."""
    network = network or _small()
    probe = opened("checked", network, {"layer": layer, "preprocessing": _preprocessing(size)}, _COMPUTE)
    before, hooks = [parameter.clone() for parameter in network.parameters()], _hooks(network)
    method, images = bind(cam, settings or {}, _COMPUTE["batch"]), _noise(size)
    shape = probe.input_shape if facts_with(cam, settings or {}).resolution == "input" else probe.map_shape
    found = [*_of_maps(method, probe, images, shape)]
    found += _of_the_broken(method, probe, images) if not found else []
    if hooks != _hooks(network) or any("forward" in vars(module) for module in network.modules()):
        found.append("hooks or another forward function are left on the network")
    if any(not torch.equal(old, new) for old, new in zip(before, network.parameters(), strict=True)):
        found.append("the network's parameters have changed")
    if any(parameter.grad is not None for parameter in network.parameters()):
        found.append("gradients are left on the network's parameters")
    return [f"{cam}: {line}" for line in found]


def _of_maps(method: Method, probe: Probe, images: np.ndarray, shape: tuple[int, int]) -> Iterator[str]:
    maps, condition = method(_batch(probe, images))
    if maps.shape != (_IMAGES, *shape):
        yield f"maps of {_IMAGES} images have shape {tuple(maps.shape)}, not {(_IMAGES, *shape)}"
        return
    if condition.shape != (_IMAGES,):
        yield f"conditions of {_IMAGES} images have shape {tuple(condition.shape)}, not {(_IMAGES,)}"
        return
    if maps.requires_grad or condition.requires_grad:
        yield "maps carry a graph of gradients; return them detached"
    if not maps.isfinite().all() or not condition.isfinite().all():
        yield "maps or conditions are not finite"
        return
    if not torch.equal(maps, method(_batch(probe, images))[0]):
        yield "the same images have other maps when they are explained again: take random numbers from batch.random"
    elif not _close(method(_batch(probe, images, rows=_OTHER))[0], maps[_OTHER]):
        yield "an image has another map in another batch: it may depend on nothing but itself"


def _of_the_broken(method: Method, probe: Probe, images: np.ndarray) -> Iterator[str]:
    """An image that is not finite is flagged, and those beside it are as they were."""
    sound, inputs = method(_batch(probe, images, probe.prepare(images)))[0], probe.prepare(images)
    inputs[_BROKEN] = torch.nan
    maps, condition = method(_batch(probe, images, inputs))
    others = [row for row in range(_IMAGES) if row != _BROKEN]
    if not _close(maps[others], sound[others]):
        yield "an image that is not finite changes the maps of those beside it"
    if not condition.isfinite().all():
        yield "the condition of an image that is not finite is not finite"


def _batch(
    probe: Probe, images: np.ndarray, inputs: Tensor | None = None, rows: list[int] | slice = slice(None)
) -> Batch:
    numbers = np.arange(_IMAGES)[rows]
    return Batch.of(probe, Shard(images[rows], numbers % 2, numbers), 0, len(numbers), inputs)


def _close(found: Tensor, expected: Tensor) -> bool:
    return torch.allclose(found, expected, rtol=0, atol=_CLOSE * float(expected.abs().max().clamp(min=1e-30)))


def _hooks(network: nn.Module) -> list[int]:
    return [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in network.modules()]


def _noise(size: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 255, (_IMAGES, size, size, 3), dtype=np.uint8)


def _preprocessing(size: int) -> dict[str, Any]:
    sides = {"resize": size, "crop": size, "interpolation": "bilinear"}
    return {**sides, "mean": [0.5] * 3, "std": [0.25] * 3}


def _small() -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        convolution, linear = nn.Conv2d(3, 4, 5, stride=4, padding=2), nn.Linear(4, _CLASSES)
    network = nn.Sequential(convolution, nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear)
    return network.eval().requires_grad_(False)
