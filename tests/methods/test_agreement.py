"""Methods against independent implementations: torch-cam and pytorch-grad-cam, on a trained and on a random network.

Maps are compared after ReLU and min-max scaling. Where a peer deviates from the definition, the deviation itself is
asserted, and the method is held against a closed form in test_closed_forms.py.
"""

import copy

import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings, unit
from peers import grad_cam, torch_cam

from cambench.methods._contract import bind
from cambench.networks.build import build
from cambench.networks.open import open_probe

TOLERANCE = 1e-5
NETWORKS = ("lite0", "resnet18")
RESNET = settings(name="resnet18", preprocessing=dict(PREPROCESSING, resize=112, crop=112))


class Subject:
    """A network twice: opened by us (folded), and plain for the peers."""

    def __init__(self, name, block, pixels):
        self.probe = open_probe(name, block, COMPUTE)
        self.network = build(name, block)
        self.layer_name = block.get("layer", "layer4")
        self.look_at(pixels)

    def look_at(self, pixels):
        self.pixels, self.images = pixels, self.probe.prepare(pixels)
        self.classes = opened(self.probe, pixels).logits().argmax(1)

    def on(self, pixels):
        """The same with other images."""
        other = copy.copy(self)
        other.look_at(pixels)
        return other

    def batch(self):
        return opened(self.probe, self.pixels, self.classes)

    def ours(self, cam, **options):
        return unit(bind(cam, options, COMPUTE["batch"])(self.batch())[0])

    def torch_cam(self, method):
        return unit(torch_cam(self.network, self.layer_name, self.images, self.classes, method))

    def grad_cam(self, method, raw=False):
        maps = grad_cam(self.network, self.layer_name, self.images, self.classes, method)
        return maps if raw else unit(maps)


@pytest.fixture(scope="module")
def subjects(demo, photographs):
    pixels = photographs["pixels"][[0, 5]]
    return {
        "lite0": Subject("lite0", demo["networks"]["efficientnet-lite0"], pixels),
        "resnet18": Subject("resnet18", RESNET, pixels[:, ::2, ::2]),
    }


def difference(a, b):
    return float((a - b).abs().max())


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    ("cam", "peer", "theirs"),
    [
        ("gradcam", "torch_cam", "GradCAM"),
        ("gradcam", "grad_cam", "GradCAM"),
        ("layercam", "torch_cam", "LayerCAM"),
        ("layercam", "grad_cam", "LayerCAM"),
        ("hirescam", "grad_cam", "HiResCAM"),
    ],
)
def test_same_map(subjects, network, cam, peer, theirs):
    subject = subjects[network]
    assert difference(subject.ours(cam), getattr(subject, peer)(theirs)) < TOLERANCE


@pytest.mark.parametrize(("peer", "theirs"), [("torch_cam", "XGradCAM"), ("grad_cam", "XGradCAM")])
def test_xgradcam(subjects, peer, theirs):
    """The sum of a channel is its denominator: well-conditioned after a ReLU, near zero on Lite0's signed layer."""
    subject = subjects["resnet18"]
    assert difference(subject.ours("xgradcam"), getattr(subject, peer)(theirs)) < TOLERANCE
    subject = subjects["lite0"]
    assert difference(subject.ours("xgradcam"), getattr(subject, peer)(theirs)) < 1e-3


@pytest.mark.parametrize("network", NETWORKS)
def test_gradcampp_of_torch_cam_is_the_2021_variant(subjects, network):
    """torch-cam divides into a copy, which has no effect: w_k = sum g^2 ReLU(g)."""
    subject = subjects[network]
    theirs = subject.torch_cam("GradCAMpp")
    assert difference(subject.ours("gradcampp", variant="poppi2021"), theirs) < TOLERANCE
    assert difference(subject.ours("gradcampp"), theirs) > 0.01


def test_gradcampp_of_grad_cam_adds_an_epsilon_larger_than_the_denominator(subjects):
    """2 g^2 + ... + 1e-6 where g^2 is often smaller than 1e-6."""
    subject = subjects["resnet18"]
    A, g = subject.batch().gradients()
    a = g**2 / (2 * g**2 + A.sum((2, 3), keepdim=True) * g**3 + 1e-6)
    with_epsilon = unit(((a * g.relu()).sum((2, 3), keepdim=True) * A).sum(1))
    theirs = subject.grad_cam("GradCAMPlusPlus")
    assert difference(with_epsilon, theirs) < TOLERANCE
    assert difference(subject.ours("gradcampp"), theirs) > 0.01


def test_cam(subjects):
    subject = subjects["resnet18"]
    assert difference(subject.ours("cam"), subject.torch_cam("CAM")) < TOLERANCE


@pytest.mark.parametrize("network", NETWORKS)
def test_eigencam_centred_up_to_sign(subjects, network):
    subject = subjects[network]
    maps, _ = bind("eigencam", {"variant": "centred"}, COMPUTE["batch"])(subject.batch())
    theirs = subject.grad_cam("EigenCAM", raw=True)
    for ours, other in zip(maps, theirs, strict=True):
        flipped = other * torch.sign((ours * other).sum())
        assert difference(unit(ours[None]), unit(flipped[None])) < TOLERANCE


@pytest.fixture(scope="module")
def shallow(demo, photographs):
    """One small image at layers of few channels, for methods that take a pass for each."""
    pixels, block = photographs["pixels"][:1, ::2, ::2], demo["networks"]["efficientnet-lite0"]
    lite0 = {**block, "layer": "_blocks.4", "preprocessing": {**block["preprocessing"], "resize": 112, "crop": 112}}
    return {
        "lite0": Subject("lite0", lite0, pixels),
        "resnet18": Subject("resnet18", {**RESNET, "layer": "layer1"}, pixels),
    }


def test_ablationcam(shallow):
    """y - y_k cancels to a few digits in float32, in both implementations, hence the wider tolerance."""
    subject = shallow["resnet18"]
    assert difference(subject.ours("ablationcam"), subject.grad_cam("AblationCAM")) < 5 * TOLERANCE


@pytest.mark.parametrize("network", NETWORKS)
def test_scorecam(shallow, network):
    """Both peers score the logit. pytorch-grad-cam aligns the corners when it upsamples; torch-cam does not."""
    subject = shallow[network]
    ours = subject.ours("scorecam", score="logit")
    assert difference(ours, subject.torch_cam("ScoreCAM")) < TOLERANCE
    if network == "lite0":
        assert difference(ours, subject.grad_cam("ScoreCAM")) > 0.01


def test_beyond_rounding_lies_a_gate_that_rounding_flips(subjects, photographs):
    """LayerCAM of photographs against float64: as equal as in the other tests, but where a unit of the head's ReLU6 is
    so near 0 or 6 that float32 puts it on the other side, and its gradient comes or goes whole: the third, by 0.056.
    """
    subject = subjects["lite0"].on(photographs["pixels"][13:16])
    expected, exact = layercam_in_double(subject)
    unlike = (subject.ours("layercam") - expected).abs().amax(1) > TOLERANCE
    rounded = head_gate(subject.probe.network, subject.images).double()
    flipped = ((rounded > 0) & (rounded < 6)) != ((exact > 0) & (exact < 6))
    assert not (unlike & ~flipped.flatten(1).any(1)).any()
    assert unlike.sum() <= 1
    assert (torch.minimum(exact.abs(), (exact - 6).abs())[flipped] < TOLERANCE).all()


def head_gate(network, images):
    """What goes into the last ReLU6, that of the head."""
    seen = []
    gates = [module for module in network.modules() if isinstance(module, torch.nn.ReLU6)]
    handles = [
        gate.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0].detach().clone())) for gate in gates
    ]
    network(images)
    for handle in handles:
        handle.remove()
    return seen[-1]


def layercam_in_double(subject):
    network, seen = copy.deepcopy(subject.network).double(), []
    network.get_submodule(subject.layer_name).register_forward_hook(lambda _, __, output: seen.append(output))
    images = subject.images.double().requires_grad_()
    (g,) = torch.autograd.grad(network(images).gather(1, subject.classes[:, None]).sum(), seen[0])
    return unit((g.relu() * seen[0]).sum(1)), head_gate(network, images)
