"""What is timed: the same images, network, target layer and class, by cambench and as a peer's documentation does it.

Each function of `SIDES` takes a subject and a method, and returns a function that does the work once and returns its
results.
"""

from collections.abc import Callable

import numpy as np
import pytorch_grad_cam
import torch
import torchcam.methods
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from subject import BATCH, Subject
from torch.nn.functional import interpolate

from cambench.masks import Masking, masks
from cambench.methods._contract import Method, bind
from cambench.metrics import Explained
from cambench.networks.batches import Batches, gathered
from cambench.networks.probe import Shard
from cambench.stages import curves, masked, metrics, predictions, saliency

TORCH_CAM = {"gradcam": "GradCAM", "gradcampp": "GradCAMpp", "xgradcam": "XGradCAM", "layercam": "LayerCAM"}
GRAD_CAM = {"gradcam": "GradCAM", "gradcampp": "GradCAMPlusPlus", "xgradcam": "XGradCAM", "layercam": "LayerCAM"}
GRAD_CAM |= {"hirescam": "HiResCAM", "eigencam": "EigenCAM"}
TORCH_CAM["scorecam"] = GRAD_CAM["scorecam"] = "ScoreCAM"
MASKING = Masking()
METHOD_SETTINGS = {"scorecam": {"score": "logit"}, "gradcampp": {"variant": "poppi2021"}}
METHOD_SETTINGS["eigencam"] = {"variant": "centred"}  # all as the peers have them
STEP = 1792  # pixels: 28 steps on 224 x 224
CURVES = curves.CurveSettings(STEP, {"start": "image", "end": "zero"}, {"start": "blur", "end": "image"}, "reading")

Run = Callable[[], np.ndarray]
Extract = Callable[[Subject, str, torch.Tensor, int], torch.Tensor]


def bare(subject: Subject, method: str) -> Run:
    """The folded, channels-last network's forward pass alone: maps that need one pass cannot be faster."""
    probe = subject.probe
    images = subject.images.repeat(-(-BATCH // len(subject.images)), 1, 1, 1)  # full batches, as ours are

    @torch.no_grad()
    def run() -> np.ndarray:
        return Batches(BATCH).run(lambda a, b: probe.run(probe.network, images[a:b]), len(images)).numpy()

    return run


def ours_maps(subject: Subject, method: str) -> Run:
    bound = _bind(method)
    shape = subject.probe.map_shape
    return lambda: gathered(saliency.explain(subject.probe, bound, subject.shard, shape))["raw"]


def torch_cam_maps(subject: Subject, method: str) -> Run:
    gradients = method != "scorecam"

    def run() -> np.ndarray:
        with _torch_cam(subject, method) as extractor, torch.set_grad_enabled(gradients):
            images = subject.images.clone().requires_grad_(gradients)
            maps = extractor(subject.classes.tolist(), subject.network(images), normalized=False)[0]
        return maps.detach().numpy()

    return run


def grad_cam_maps(subject: Subject, method: str) -> Run:
    targets = [ClassifierOutputTarget(c) for c in subject.classes.tolist()]

    def run() -> np.ndarray:
        with _grad_cam(subject, method) as cam:
            return cam(input_tensor=subject.images, targets=targets)

    return run


def ours_adcc(subject: Subject, methods: str) -> Run:
    """Stages `predictions`, `saliency`, `masked` and `metrics`, for each of the methods `a+b+c`."""
    probe, labels = subject.probe, np.full(len(subject.pixels), -1)
    keep = probe.head is not None and probe.layout.prefix == 0  # as the workflow does, where maps are small enough
    bound = [_bind(method) for method in methods.split("+")]

    def run() -> np.ndarray:
        clean = gathered(predictions.predict(probe, subject.pixels, labels, "predicted", BATCH, keep))
        shard, columns = Shard(subject.pixels, clean["target"], activations=clean["activations"] if keep else None), []
        for method in bound:
            raw = gathered(saliency.explain(probe, method, shard, probe.map_shape))["raw"]
            again = gathered(masked.explain_masked(probe, method, shard, raw, MASKING))
            seen = Explained(clean["probability"], again["probability"], raw, again["raw"], probe.input_shape, MASKING)
            columns.append(metrics.measure(seen)["adcc"])
        return np.stack(columns)

    return run


def textbook_adcc(subject: Subject, methods: str, extract: Extract) -> Run:
    """One image at a time, as the definition reads: softmax, map, softmax of the masked image, its map."""
    images = list(zip(subject.images, subject.classes.tolist(), strict=True))

    def adcc(method: str, x: torch.Tensor, c: int) -> float:
        p, U = _probability(subject, x, c), _upsampled(extract(subject, method, x, c), x)
        masked_x = x * U
        q, T = _probability(subject, masked_x, c), _upsampled(extract(subject, method, masked_x, c), x)
        return _adcc(p, q, U, T)

    return lambda: np.array([[adcc(method, x[None], c) for x, c in images] for method in methods.split("+")])


@torch.no_grad()
def _probability(subject: Subject, x: torch.Tensor, c: int) -> float:
    return float(subject.network(x).softmax(1)[0, c])


def _upsampled(S: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return interpolate(S[None, None], x.shape[2:], mode="bilinear")


def _adcc(p: float, q: float, U: torch.Tensor, T: torch.Tensor) -> float:
    rho = float(np.nan_to_num(np.corrcoef(U.flatten().numpy(), T.flatten().numpy())[0, 1]))
    parts = [(1 + rho) / 2, 1 - float(U.mean()), 1 - max(0.0, p - q) / p]
    flat = float(U.max()) <= 0 or float(T.max()) <= 0
    return 0.0 if flat or min(parts) <= 0 else 3 / sum(1 / part for part in parts)


def extract_torch_cam(subject: Subject, method: str, x: torch.Tensor, c: int) -> torch.Tensor:
    with _torch_cam(subject, method) as extractor:
        raw = extractor(c, subject.network(x.clone().requires_grad_(True)), normalized=False)[0][0]
    return _unit(raw.detach())


def extract_grad_cam(subject: Subject, method: str, x: torch.Tensor, c: int) -> torch.Tensor:
    with _grad_cam(subject, method) as cam:
        return _unit(torch.from_numpy(cam(input_tensor=x, targets=[ClassifierOutputTarget(c)])[0]))


def _unit(raw: torch.Tensor) -> torch.Tensor:
    """ReLU and min-max scaling."""
    raw = raw.clamp(min=0)
    low, high = raw.min(), raw.max()
    return (raw - low) / (high - low) if high > low else torch.zeros_like(raw)


def ours_curves(subject: Subject, method: str) -> Run:
    raw, probe = _random_maps(subject), subject.probe
    with torch.no_grad():
        p = probe.network(subject.images).double().softmax(1).numpy()[np.arange(len(raw)), subject.shard.classes]

    def run() -> np.ndarray:
        found = gathered(curves.draw(probe, subject.shard, raw, p, MASKING, CURVES, BATCH))
        return np.stack([found[name] for name in curves.CURVES])

    return run


def rise_curves(subject: Subject, method: str) -> Run:
    """RISE's evaluation: one pass per step and image, the image changed in place on the host."""
    from rise import rise  # found once `subject` has put the tests on the path

    salience = masks(_random_maps(subject), subject.pixels.shape[1:3], MASKING)
    images = list(zip(subject.images, salience, subject.classes.tolist(), strict=True))

    def curve(name: str) -> list[np.ndarray]:
        return [rise(subject.network, x[None], s, c, name, STEP) for x, s, c in images]

    return lambda: np.array([curve(name) for name in curves.CURVES])


def _bind(method: str) -> Method:
    return bind(method, METHOD_SETTINGS.get(method, {}), BATCH)


def _torch_cam(subject: Subject, method: str):
    extractor = getattr(torchcam.methods, TORCH_CAM[method])
    return extractor(subject.network, target_layer=subject.layer, reshape_transform=subject.reshape)


def _grad_cam(subject: Subject, method: str):
    layer = subject.network.get_submodule(subject.layer)
    cam = getattr(pytorch_grad_cam, GRAD_CAM[method])
    return cam(model=subject.network, target_layers=[layer], reshape_transform=subject.reshape)


def _random_maps(subject: Subject) -> np.ndarray:
    return np.random.default_rng(0).random((len(subject.pixels), 7, 7), np.float32)


SIDES: dict[tuple[str, str], Callable[[Subject, str], Run]] = {
    ("maps", "ours"): ours_maps,
    ("maps", "bare"): bare,
    ("maps", "torch-cam"): torch_cam_maps,
    ("maps", "pytorch-grad-cam"): grad_cam_maps,
    ("adcc", "ours"): ours_adcc,
    ("adcc", "torch-cam"): lambda subject, methods: textbook_adcc(subject, methods, extract_torch_cam),
    ("adcc", "pytorch-grad-cam"): lambda subject, methods: textbook_adcc(subject, methods, extract_grad_cam),
    ("curves", "ours"): ours_curves,
    ("curves", "bare"): bare,
    ("curves", "RISE"): rise_curves,
}
