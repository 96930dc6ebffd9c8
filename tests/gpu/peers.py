"""Score-CAM and Grad-CAM on ResNet-50 beside pytorch-grad-cam and torch-cam, as their documentation has them."""

from collections.abc import Callable

import torch
from rate import rate
from scene import Sizes, card, device, network, pixels, probe, shard, start
from sheet import Sheet

from cambench.methods._contract import bind
from cambench.networks.batches import gathered
from cambench.stages import saliency

_NAMES = {"gradcam": ("GradCAM", "GradCAM"), "scorecam": ("ScoreCAM", "ScoreCAM")}
Run = Callable[[], object]


def run(folder, sizes: Sizes) -> None:
    """Images per second of each, in float32 and as torch comes, where convolutions take tf32."""
    sheet = Sheet(folder, "peers")
    for method, images in (("gradcam", 64), ("scorecam", 2)):
        for precision in ("float32",) if sizes.tiny else ("float32", "tf32"):
            start(precision)
            if device().type == "cuda":
                torch.backends.cuda.matmul.allow_tf32 = False  # torch's default
            shown = pixels(2 if sizes.tiny else images, sizes.side)
            found = {"ours": _ours(method, shown, precision, sizes), **_peers(method, shown, sizes)}
            for side, call in found.items():
                value = rate(call, len(shown), sizes.seconds, device())
                sheet.add(card=card(), method=method, precision=precision, side=side, images_per_second=value)


def _ours(method: str, shown, precision: str, sizes: Sizes) -> Run:
    found = probe(sizes.chosen[0], sizes.side, precision, sizes.batch)
    given, bound = shard(found, shown), bind(method, {"score": "logit"} if method == "scorecam" else {}, sizes.batch)
    return lambda: gathered(saliency.explain(found, bound, given, found.map_shape))["raw"]


def _peers(method: str, shown, sizes: Sizes) -> dict[str, Run]:
    import pytorch_grad_cam
    import torchcam.methods
    from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget

    probe_of = probe(sizes.chosen[0], sizes.side, "float32", sizes.batch)
    layer = probe_of.layer
    images = probe_of.prepare(shown).contiguous()
    classes = shard(probe_of, shown).classes.tolist()
    found = network(sizes.chosen[0], sizes.side, device()).to(memory_format=torch.contiguous_format)
    found.requires_grad_(True)

    def grad_cam() -> object:
        with getattr(pytorch_grad_cam, _NAMES[method][0])(
            model=found, target_layers=[found.get_submodule(layer)]
        ) as cam:
            return cam(input_tensor=images, targets=[ClassifierOutputTarget(c) for c in classes])

    def torch_cam() -> object:
        gradients = method != "scorecam"
        with getattr(torchcam.methods, _NAMES[method][1])(found, target_layer=layer) as cam:
            with torch.set_grad_enabled(gradients):
                maps = cam(classes, found(images.clone().requires_grad_(gradients)), normalized=False)
            return maps[0].cpu()

    return {"pytorch-grad-cam": grad_cam, "torch-cam": torch_cam}
