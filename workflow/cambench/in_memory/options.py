"""What may be said to `evaluate` and `adcc` beside networks, images and methods."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import numpy as np

from ..errors import InputError, shown, suggestion


class Options(TypedDict, total=False):
    """Keyword arguments of `evaluate` and `adcc`.

    - `layer`: path of the target layer; by default the last one whose map decides the logits.
    - `labels`: the class of each image, -1 for none; or a list of classes for each.
    - `target`: which class is explained, `predicted` (the default), `label`, or the numbers of the classes: one for all
      or one per image.
    - `preprocessing`: a block of the configuration, `own` or `imagenet`; by default the network's own where
      torchvision, timm or Hugging Face says it, else ImageNet's. `score`: `softmax` or `sigmoid`.
    - `masking`: a block of the configuration, such as `{"space": "pixels"}`.
    - `curves`: whether to draw deletion and insertion curves, or a block, such as `{"points": 8}`; by default none are
      drawn, for whole curves take hundreds of forward passes.
    - `metrics`: names of metrics, or paths of your own, as in the configuration; by default those of a run.
    - `road`, `perturbations`, `other_class`, `random_weights`, `sensitivity`: blocks of the configuration, such as
      `{"copies": 5}`, for stages that run where one of the metrics asks for them.
    - `device` (`auto`), `precision` (`float32`), `batch` (16): where and how the network runs, and how many inputs at
      once. Torch's number of threads stays as it is.
    - `name`: of the network in tables. `progress`: whether work of more than a second shows a bar (it does).
    """

    layer: str
    labels: Any
    target: Any
    preprocessing: str | Mapping[str, Any]
    score: str
    masking: Mapping[str, Any]
    curves: bool | Mapping[str, Any]
    metrics: Sequence[str]
    road: Mapping[str, Any]
    perturbations: Mapping[str, Any]
    other_class: Mapping[str, Any]
    random_weights: Mapping[str, Any]
    sensitivity: Mapping[str, Any]
    device: str
    precision: str
    batch: int
    name: str
    progress: bool


_OF_NETWORK = ("layer", "preprocessing", "score")
_OF_MACHINE = ("device", "precision", "batch")
_AS_THEY_ARE = ("masking", "road", "perturbations", "other_class", "random_weights", "sensitivity")
_MOST = 1 << 31  # no network has as many classes


def checked(options: Options) -> Options:
    """The options that were given; None stands for the default. **Raises:** `InputError` for one that there is not."""
    known = list(Options.__annotations__)
    for name in options:
        if name not in known:
            raise InputError(f"no option {shown(name)}{suggestion(name, known)}; there are {', '.join(known)}")
    found: Any = {name: value for name, value in options.items() if value is not None}
    return found


def of_network(options: Options) -> dict[str, Any]:
    """Keys of the network's block that were given."""
    return {key: value for key, value in options.items() if key in _OF_NETWORK}


def blocks(options: Options) -> dict[str, Any]:
    """Blocks of the configuration that were given. **Raises:** `InputError` for curves that are none."""
    drawn, chosen = options.get("curves", False), options.get("metrics")
    if not isinstance(drawn, bool | Mapping):
        raise InputError(f"curves: give True, or a block such as {{'points': 8}}, not {shown(drawn)}")
    machine = {key: value for key, value in options.items() if key in _OF_MACHINE}
    if "device" in machine:
        machine["device"] = str(machine["device"])  # torch.device("cpu"), too
    found: dict[str, Any] = {"compute": machine}
    found["curves"] = {"enabled": drawn} if isinstance(drawn, bool) else {"enabled": True, **drawn}
    found |= {key: value for key, value in options.items() if key in _AS_THEY_ARE}
    return found | ({} if chosen is None else {"metrics": [chosen] if isinstance(chosen, str) else chosen})


def target(options: Options, images: int) -> str | np.ndarray:
    """What `target` says: `predicted`, `label`, or classes, int64 (images,). **Raises:** `InputError`."""
    given = options.get("target", "predicted")
    if isinstance(given, str):
        if given not in ("predicted", "label"):
            raise InputError(f"target: give 'predicted', 'label' or numbers of classes, not {shown(given)}")
        return given
    plain = given.tolist() if hasattr(given, "tolist") else given
    classes = list(plain) if isinstance(plain, Sequence) else [plain]
    if len(classes) not in (1, images) or not all(type(one) is int and 0 <= one < _MOST for one in classes):
        raise InputError(f"target: give 'predicted', 'label' or one class for each of {images} images")
    return np.broadcast_to(np.array(classes, np.int64), (images,))
