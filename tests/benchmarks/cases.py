"""What is timed: the same images, network, target layer and class, by cambench and as a peer's documentation does it.

Each builder returns a function that does the work once and returns its results.
"""

import sys
from pathlib import Path

import numpy as np
import pytorch_grad_cam
import torch
import torchcam.methods
import yaml
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch.nn.functional import interpolate

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests")]

from cambench import config, curves, masked, metrics, models, networks, predictions, registry, saliency  # noqa: E402
from cambench.runtime import Batches, gathered  # noqa: E402

LAYERS = {"resnet18": "layer4", "resnet50": "layer4", "vgg16": "features.29", "squeezenet1_1": "features.12"}
LAYERS["efficientnet-lite0"] = "_blocks.15"
TORCH_CAM = {"gradcam": "GradCAM", "gradcampp": "GradCAMpp", "xgradcam": "XGradCAM", "layercam": "LayerCAM"}
GRAD_CAM = {"gradcam": "GradCAM", "gradcampp": "GradCAMPlusPlus", "xgradcam": "XGradCAM", "layercam": "LayerCAM"}
GRAD_CAM |= {"hirescam": "HiResCAM", "eigencam": "EigenCAM"}
TORCH_CAM["scorecam"] = GRAD_CAM["scorecam"] = "ScoreCAM"
BATCH = 16
MASKING = {"order": "scale_then_upsample", "space": "normalised"}
SETTINGS = {"scorecam": {"score": "logit"}, "gradcampp": {"variant": "poppi2021"}}  # as the peers have them
STEP = 1792  # pixels: 28 steps on 224 x 224


class Subject:
    """A network, some images and their classes, for one side."""

    def __init__(self, name: str, pixels: np.ndarray, ours: bool, precision: str = "float32") -> None:
        self.name, self.pixels, self.layer = name, pixels, LAYERS[name]
        block = block_of(name)
        block["preprocessing"] |= {"resize": pixels.shape[1], "crop": pixels.shape[1]}
        self.compute = {"device": "cpu", "precision": precision, "batch": BATCH}
        if ours:
            self.probe = networks.open_probe(
                name, {**block, "layer": self.layer}, self.compute, torch.get_num_threads()
            )
        else:
            self.network = models.build(name, block).to(memory_format=torch.contiguous_format).requires_grad_(True)
        self.images = models.normalise(torch.from_numpy(pixels), block["preprocessing"])
        network, self.forwarded = self.probe.network if ours else self.network, 0
        with torch.no_grad():
            self.classes = network(self.images).argmax(1)
        network.register_forward_pre_hook(self._count)
        if not ours:
            self.images = self.images.contiguous()

    def _count(self, _: torch.nn.Module, inputs: tuple) -> None:
        self.forwarded += len(inputs[0])


def block_of(name: str) -> dict:
    if name in LAYERS and name != "efficientnet-lite0":
        full = {"interpolation": "bilinear", "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
        return {"name": name, "arguments": {}, "weights": None, "seed": 0, "preprocessing": full}
    demo = config.resolve(yaml.safe_load((ROOT / "config/config.yaml").read_text()), [])[0]
    return demo["models"][name]


def bare(subject: Subject, method: str):
    """The folded, channels-last network's forward pass and nothing else: what maps of one pass can't be faster than."""
    images = subject.images.repeat(-(-BATCH // len(subject.images)), 1, 1, 1)  # full batches, as ours are

    def run():
        with torch.no_grad():
            logits = Batches(BATCH).run(
                lambda a, b: subject.probe._run(subject.probe.network, images[a:b]), len(images)
            )
        return logits.numpy()

    return run


def ours_maps(subject: Subject, method: str):
    cam, settings, facts = registry.load(method), SETTINGS.get(method, {}), registry.facts(method)
    probe, n = subject.probe, len(subject.pixels)
    shape = probe.input_shape if facts.resolution == "input" else probe.map_shape
    at_once = registry.images_at_once(method, BATCH)
    classes = subject.classes.numpy()

    def run():
        found = gathered(saliency.explain(probe, cam, subject.pixels, classes, np.arange(n), at_once, settings, shape))
        return found["raw"]

    return run


def torch_cam_maps(subject: Subject, method: str):
    def run():
        with getattr(torchcam.methods, TORCH_CAM[method])(subject.network, target_layer=subject.layer) as extractor:
            images = subject.images.clone().requires_grad_(method != "scorecam")
            with torch.set_grad_enabled(method != "scorecam"):
                maps = extractor(subject.classes.tolist(), subject.network(images), normalized=False)[0]
        return maps.detach().numpy()

    return run


def grad_cam_maps(subject: Subject, method: str):
    layer = subject.network.get_submodule(subject.layer)
    targets = [ClassifierOutputTarget(int(c)) for c in subject.classes]

    def run():
        with getattr(pytorch_grad_cam, GRAD_CAM[method])(model=subject.network, target_layers=[layer]) as cam:
            return cam(input_tensor=subject.images, targets=targets)

    return run


def ours_adcc(subject: Subject, method: str):
    """Stages `predictions`, `saliency`, `masked` and `metrics`, for every method of a list."""
    probe, n, methods = subject.probe, len(subject.pixels), method.split("+")

    def run():
        clean = gathered(predictions.predict(probe, subject.pixels, np.full(n, -1), "predicted", BATCH))
        columns = []
        for name in methods:
            cam, options = registry.load(name), (np.arange(n), BATCH, SETTINGS.get(name, {}))
            first = gathered(saliency.explain(probe, cam, subject.pixels, clean["target"], *options, probe.map_shape))
            again = gathered(
                masked.explain_masked(
                    probe, cam, first["raw"], subject.pixels, clean["target"], *options, True, MASKING
                )
            )
            found = metrics.measure(
                clean["probability"], again["probability"], first["raw"], again["raw"], probe.input_shape, True,
                MASKING["order"],
            )  # fmt: skip
            columns.append(found["adcc"])
        return np.stack(columns)

    return run


def textbook_adcc(subject: Subject, method: str, extract):
    """Image by image, as the definition reads: softmax, map, softmax of the masked image, its map."""

    def run():
        columns = []
        for name in method.split("+"):
            rows = []
            for image, c in zip(subject.images, subject.classes.tolist(), strict=True):
                x = image[None]
                with torch.no_grad():
                    p = float(subject.network(x).softmax(1)[0, c])
                S = extract(subject, name, x, c)
                mask = interpolate(S[None, None], x.shape[2:], mode="bilinear")
                with torch.no_grad():
                    q = float(subject.network(x * mask).softmax(1)[0, c])
                T = interpolate(extract(subject, name, x * mask, c)[None, None], x.shape[2:], mode="bilinear")
                rows.append(_adcc(p, q, mask, T))
            columns.append(rows)
        return np.array(columns)

    return run


def _adcc(p: float, q: float, U: torch.Tensor, T: torch.Tensor) -> float:
    rho = float(np.nan_to_num(np.corrcoef(U.flatten().numpy(), T.flatten().numpy())[0, 1]))
    parts = [(1 + rho) / 2, 1 - float(U.mean()), 1 - max(0.0, p - q) / p]
    flat = float(U.max()) <= 0 or float(T.max()) <= 0
    return 0.0 if flat or min(parts) <= 0 else 3 / sum(1 / part for part in parts)


def extract_torch_cam(subject: Subject, method: str, x: torch.Tensor, c: int) -> torch.Tensor:
    with getattr(torchcam.methods, TORCH_CAM[method])(subject.network, target_layer=subject.layer) as extractor:
        raw = extractor(c, subject.network(x.clone().requires_grad_(True)), normalized=False)[0][0]
    return _unit(raw.detach())


def extract_grad_cam(subject: Subject, method: str, x: torch.Tensor, c: int) -> torch.Tensor:
    layer = subject.network.get_submodule(subject.layer)
    with getattr(pytorch_grad_cam, GRAD_CAM[method])(model=subject.network, target_layers=[layer]) as cam:
        return _unit(torch.from_numpy(cam(input_tensor=x, targets=[ClassifierOutputTarget(c)])[0]))


def _unit(raw: torch.Tensor) -> torch.Tensor:
    raw = raw.clamp(min=0)
    low, high = raw.min(), raw.max()
    return (raw - low) / (high - low) if high > low else torch.zeros_like(raw)


def ours_curves(subject: Subject, method: str):
    probe, classes = subject.probe, subject.classes.numpy()
    settings = {"pixels_per_step": STEP, "deletion": {"start": "image", "end": "zero"}}
    settings["insertion"] = {"start": "blur", "end": "image"}
    raw = _random_maps(subject)
    with torch.no_grad():
        p = probe.network(subject.images).softmax(1).numpy()[np.arange(len(raw)), classes]

    def run():
        found = gathered(curves.draw(probe, raw, subject.pixels, classes, p, BATCH, True, MASKING["order"], settings))
        return np.stack([found["deletion"], found["insertion"]])

    return run


def rise_curves(subject: Subject, method: str):
    """RISE's evaluation: a pass a step and an image, the image changed in place on the host."""
    from test_curves import rise

    from cambench import scaling

    salience = scaling.masks(_random_maps(subject), tuple(subject.pixels.shape[1:3]), True, MASKING["order"])
    network = subject.network
    images = list(zip(subject.images, salience, subject.classes, strict=True))

    def run():
        parts = [
            [rise(network, x[None], s, int(c), mode, STEP) for x, s, c in images] for mode in ("deletion", "insertion")
        ]
        return np.array(parts)

    return run


def _random_maps(subject: Subject) -> np.ndarray:
    return np.random.default_rng(0).random((len(subject.pixels), 7, 7), np.float32)


def photographs(count: int, side: int) -> np.ndarray:
    """Pixels of the demo's photographs, uint8 (count, side, side, 3)."""
    from cambench import datasets, images

    demo = config.resolve(yaml.safe_load((ROOT / "config/config.yaml").read_text()), [])[0]
    dataset = {**demo["dataset"], "glob": "imagenet_*.jpg"}
    root, small = datasets.root(dataset), {"resize": side, "crop": side, "interpolation": "bilinear"}
    rows = [(root / item.path).read_bytes() for item in datasets.find(dataset)[:count]]
    return np.stack([images._pixels(data, small) for data in rows])


SIDES = {
    ("maps", "ours"): ours_maps,
    ("maps", "bare"): bare,
    ("maps", "torch-cam"): torch_cam_maps,
    ("maps", "pytorch-grad-cam"): grad_cam_maps,
    ("adcc", "ours"): ours_adcc,
    ("adcc", "torch-cam"): lambda subject, method: textbook_adcc(subject, method, extract_torch_cam),
    ("adcc", "pytorch-grad-cam"): lambda subject, method: textbook_adcc(subject, method, extract_grad_cam),
    ("curves", "ours"): ours_curves,
    ("curves", "bare"): bare,
    ("curves", "RISE"): rise_curves,
}
