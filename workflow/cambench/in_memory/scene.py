"""A network, opened, with images in memory: what the stages need, and what they have found so far."""

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl
import torch
from torch import nn

from .. import methods, paths
from ..errors import InputError
from ..further import is_made
from ..masks import Masking
from ..methods._contract import Method, bind, guarded
from ..networks import device
from ..networks.batch import Batch
from ..networks.batches import gathered
from ..networks.build import build, frozen, reason
from ..networks.describe import seen
from ..networks.open import opened, randomised
from ..networks.probe import Probe, Shard
from ..stages import channel_scores, curves, masked, metrics, predictions, saliency
from ..store.layout import Shapes
from ..store.network import Opened, shares_activations
from ..store.stages import FURTHER
from ..store.written import sha256
from . import further
from .pictures import Pictures

Blocks = Iterator[dict[str, np.ndarray]]
Watch = Callable[[str, int, Blocks], Blocks]  # what runs, of how many images: its blocks, with progress
_CURVES = ("pixels_per_step", "points", "deletion", "insertion", "ties")


@dataclass(frozen=True)
class Scene:
    """A network with its images: `facts` of the network, complete `config`, and what was `found`, `stage.variable`.

    `build` gives the network once more, on the CPU and not folded.
    """

    name: str
    probe: Probe
    facts: Opened
    pictures: Pictures
    config: Mapping[str, Any]
    watch: Watch
    build: Callable[[], nn.Module]
    found: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pictures.pixels)

    @property
    def batch(self) -> int:
        """Inputs that are forwarded at once."""
        return int(self.config["compute"]["batch"])

    def gathered(self, what: str, blocks: Blocks) -> dict[str, np.ndarray]:
        """All that a stage yields, with progress."""
        return gathered(self.watch(what, len(self), blocks))

    @cached_property
    def random(self) -> Probe:
        """The network with random weights, opened."""
        block, known = self.config["networks"][self.name], {**self.facts, "network": self.name}
        network = randomised(self.name, self.build(), block, self.config["random_weights"]["seed"])
        return opened(self.name, network.to(self.probe.device), block, self.config["compute"], known=known)  # type: ignore[arg-type]

    def shard(self, **known: Any) -> Shard:
        """All images as stages take them."""
        return Shard(self.pictures.pixels, self.found["predictions.target"], self.pictures.seeds, **known)


def open_network(name: str, block: dict[str, Any], module: nn.Module | None, compute: dict) -> tuple[Probe, Opened]:
    """A network at its target layer, and its facts. A module is copied, and stays as it is.

    **Raises:** `InputError`, one line, for anything that is not there or does not fit.
    """
    where = device.chosen(compute["device"], compute["precision"])
    probe = opened(name, built(name, block, module).to(where), block, compute)
    facts = seen(probe, torch.zeros((1, 3, *probe.input_shape), device=probe.device), count=False)
    if block.get("classes") not in (None, facts["classes"]):
        said = f"the network has {facts['classes']} classes, its block says {block['classes']}"
        raise InputError(f"networks.{name}: {said}")
    return probe, facts


def built(name: str, block: dict[str, Any], module: nn.Module | None) -> nn.Module:
    """The network of a block, or a copy of a module, on the CPU. **Raises:** as `open_network`."""
    if module is not None:
        return _copied(name, module).cpu()
    _check_file(name, block)
    return build(name, block)


def predict(scene: Scene, target: str | np.ndarray) -> Scene:
    """The scene with the explained classes and their probabilities.

    **Arguments:** `target` is `predicted`, `label`, or the classes themselves, int64 (n,).
    **Raises:** `InputError` for classes and labels that the network has not.
    """
    pixels, pictures, keep = scene.pictures.pixels, scene.pictures, _keeps(scene)
    given = isinstance(target, np.ndarray)
    labels, what = (target, "label") if isinstance(target, np.ndarray) else (pictures.labels, target)
    if given and labels.max() >= scene.facts["classes"]:
        raise InputError(f"target: class {labels.max()} does not fit a network of {scene.facts['classes']} classes")
    blocks = predictions.predict(scene.probe, pixels, labels, what, scene.batch, keep)
    found = scene.gathered("predictions", blocks)
    if given:  # which are no labels of the images
        right = (pictures.labels == found["predicted"][:, None]).any(1)
        found["correct"] = np.where((pictures.labels < 0).all(1), -1, right)
    named = {f"predictions.{name}": values for name, values in found.items()}
    return replace(scene, found={"images.label": pictures.label, **named})


def bound(scene: Scene, label: str, function: Callable[..., Any] | None) -> tuple[Method, tuple[int, int]]:
    """A method, and the size of its maps. **Raises:** `InputError` if it cannot explain the network."""
    if function is not None:
        method = Method(guarded(f"methods.{label}", function), {}, scene.batch)
        return method, _size_of(scene, method)
    block = scene.config["methods"][label]
    facts = methods.facts_with(block["cam"], block["settings"])
    if facts.is_precomputed:
        raise InputError(f"methods.{label}: maps that you have go to cambench.adcc")
    if reason := methods.refusal(block["cam"], scene.facts, block["settings"]):
        raise InputError(f"methods.{label}: cannot explain {scene.name}: {reason}")
    method = bind(block["cam"], block["settings"], scene.batch)
    return method, scene.probe.input_shape if facts.resolution == "input" else scene.probe.map_shape


def explain(scene: Scene, label: str, method: Method, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    """What stage `saliency` makes of the images, by variable."""
    kept = scene.found["predictions.activations"]
    known: dict[str, Any] = {"activations": kept if kept.shape[1] else None}
    if _takes_scores(scene, label):
        if "channel_scores.scores" not in scene.found:
            blocks = channel_scores.score(scene.probe, scene.shard(**known), scene.batch)
            scene.found["channel_scores.scores"] = scene.gathered("channel_scores", blocks)["scores"]
        known["scores"] = scene.found["channel_scores.scores"]
    return scene.gathered(label, saliency.explain(scene.probe, method, scene.shard(**known), shape))


def measure(
    scene: Scene, label: str, method: Method, clean: Mapping[str, np.ndarray], masking: Masking, has_second: bool = True
) -> pl.DataFrame:
    """Rows of the table of images, of maps `clean`, as `explain` gives them: masked images, curves, metrics."""
    seconds = masked.explain_masked(scene.probe, method, scene.shard(), clean["raw"], masking)
    again = scene.gathered(f"{label}, masked", seconds)
    stages = {"saliency": clean, "masked": again}
    block, area = scene.config["curves"], None
    if block["enabled"]:
        settings, area = curves.CurveSettings(**{key: block[key] for key in _CURVES}), block["area"]
        p = scene.found["predictions.probability"]
        drawn = curves.draw(scene.probe, scene.shard(), clean["raw"], p, masking, settings, scene.batch)
        stages["curves"] = scene.gathered(f"{label}, curves", drawn)
    stages |= further.made(scene, label, method, clean, masking)
    found = {f"{stage}.{name}": rows for stage, of in stages.items() for name, rows in of.items()} | scene.found
    shapes = Shapes.of(None, clean["raw"].shape[1:], block if area else None, scene.probe.input_shape)
    chosen = area, scene.config["compute"]["precision"], has_second, scene.config["metrics"]
    others = [stage for stage in FURTHER if stage in stages]
    rows = metrics.rows(found.__getitem__, (0, len(scene)), shapes, masking, *chosen, others=others)
    named = (pl.lit(scene.name).alias("network"), pl.lit(label).alias("method"))
    return pl.DataFrame(gathered(rows)).select(*named, pl.all())


def needs_colours(config: Mapping[str, Any]) -> bool:
    """Whether something asks for the input that black or white pixels give, which normalised inputs do not say."""
    noisy = is_made("road", config) and config["road"]["noise"] > 0  # from black to white it is one
    ends = [config["curves"][name][side] for name in ("deletion", "insertion") for side in ("start", "end")]
    return noisy or config["masking"]["space"] == "pixels" or (config["curves"]["enabled"] and "black" in ends)


def _keeps(scene: Scene) -> bool:
    facts: Any = scene.facts
    return shares_activations(facts, scene.config["compute"]["share_activations"])


def _takes_scores(scene: Scene, label: str) -> bool:
    """As the workflow does: stage `channel_scores` serves every label of Score-CAM with probabilities."""
    block = scene.config["methods"].get(label, {"cam": "", "settings": {}})
    return methods.takes_scores(block["cam"], block["settings"])


def _size_of(scene: Scene, method: Method) -> tuple[int, int]:
    """Size of the maps of a caller's own function, from the first image."""
    maps = method(Batch.of(scene.probe, scene.shard(), 0, 1))[0]
    return maps.shape[1], maps.shape[2]


def _copied(name: str, module: nn.Module) -> nn.Module:
    plain = getattr(module, "_orig_mod", module)  # what torch.compile has wrapped
    kinds = {str(values.dtype).removeprefix("torch.") for values in plain.parameters() if values.is_floating_point()}
    if kinds - {"float32"}:
        raise InputError(f"networks.{name}: its weights are {', '.join(sorted(kinds))}; give it as network.float()")
    try:
        return frozen(copy.deepcopy(plain)).to(memory_format=torch.channels_last)
    except InputError as error:
        raise InputError(f"networks.{name}: {error}") from error
    except Exception as error:  # such as hooks or tensors of a graph, which cannot be copied
        raise InputError(f"networks.{name}: cannot be copied: {reason(error)}") from error


def _check_file(name: str, block: dict[str, Any]) -> None:
    """**Raises:** `InputError` if the file of weights is not what the block says."""
    if "sha256" in block and (found := sha256(paths.resolve(block["weights"]))) != block["sha256"]:
        raise InputError(f"networks.{name}: weights {block['weights']} have sha256 {found}, not {block['sha256']}")
