"""Settings of any method that looks at the target layer: maps of several layers, fused."""

import copy

import numpy as np
import pytest
import pytorch_grad_cam
import quick
import torch
import torchcam.methods
from conftest import COMPUTE, PREPROCESSING, opened, settings, small, unit
from fusing import Two
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch.nn.functional import conv_transpose2d, interpolate

from cambench import evaluate, masks, methods
from cambench.config import checks
from cambench.errors import InputError
from cambench.methods._contract import bind
from cambench.methods._fusing import scaled
from cambench.methods.contract import check
from cambench.networks.batches import gathered
from cambench.networks.build import build
from cambench.networks.describe import describe
from cambench.networks.open import open_probe
from cambench.networks.probe import Shard
from cambench.passes import own_passes, passes_of
from cambench.stages.masked import explain_masked
from cambench.stages.saliency import explain

PIXELS = np.random.default_rng(8).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)
CLASSES = np.array([1, 3, 0])
BOTH = ["first", "second"]
FUSED = ("gradcam", "gradcampp", "layercam", "hirescam", "eigencam", "scorecam", "ablationcam", "smoothgradcampp")


@pytest.fixture(scope="module")
def two():
    return open_probe("two", small("fusing:Two"), COMPUTE)


@pytest.fixture(scope="module")
def plain():
    """The network as it was built, and the inputs."""
    network = build("two", small("fusing:Two"))
    return network, (torch.from_numpy(PIXELS).permute(0, 3, 1, 2) / 255 - 0.5) / 0.25


def run(probe, cam="layercam", rows=(0, 1, 2), masked=False, **given):
    rows = list(rows)
    batch = opened(probe, PIXELS[rows], CLASSES[rows], seeds=np.array(rows), masked=masked)
    return *bind(cam, given, COMPUTE["batch"])(batch), batch


def large(maps):
    """U(S) of raw maps (n, h, w) that are at least 0."""
    return interpolate(unit(maps).view(maps.shape)[:, None], (32, 32), mode="bilinear")[:, 0]


def by_hand(network, x):
    """Raw LayerCAM of both layers, from their gradients as they are written on paper."""
    first = network.one(network.stem(x)).relu()
    second = network.two(first).relu()
    g_second = network.fc.weight[CLASSES][:, :, None, None].expand_as(second) / 64
    g_first = conv_transpose2d(g_second * (second > 0), network.two.weight, stride=2, padding=1, output_padding=1)
    return [(g.relu() * A).sum(1) for g, A in ((g_first, first), (g_second, second))]


@pytest.mark.parametrize(
    ("fuse", "fused"),
    [
        ("mean", lambda a, b: (a + b) / 2),
        ("max", lambda a, b: a.maximum(b)),
        ("product", lambda a, b: (a * b).sqrt()),
    ],
)
def test_the_formula(two, plain, fuse, fused):
    found, condition, batch = run(two, layers=BOTH, fuse=fuse)
    torch.testing.assert_close(found, fused(*map(large, by_hand(*plain))), rtol=1e-4, atol=1e-5)
    assert found.shape == (3, 32, 32)
    assert not condition.any()
    assert batch.passes.tolist() == [2] * 3
    batch.probability()  # which the passes have shown
    assert batch.passes.tolist() == [2] * 3


def test_the_mean_is_the_default_and_no_order_counts(two):
    found = run(two, layers=BOTH)[0]
    assert torch.equal(found, run(two, layers=BOTH, fuse="mean")[0])
    torch.testing.assert_close(found, run(two, layers=BOTH[::-1])[0])
    torch.testing.assert_close(
        found, run(open_probe("two", small("fusing:Two", layer="first"), COMPUTE), layers=BOTH)[0]
    )


@pytest.mark.parametrize(("ours", "theirs"), [("gradcam", "GradCAM"), ("layercam", "LayerCAM")])
def test_the_mean_is_grad_cams(two, plain, ours, theirs):
    """But for its constant, 1e-7, and a last scaling to [0, 1], which masks get here."""
    network, x = copy.deepcopy(plain[0]).requires_grad_(True), plain[1]
    targets = [ClassifierOutputTarget(int(c)) for c in CLASSES]
    with getattr(pytorch_grad_cam, theirs)(network, [network.first, network.second]) as cam:
        expected = cam(x, targets)
    found = masks.scale(run(two, ours, layers=BOTH)[0].numpy(), relu=False).maps
    np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize(("fuse", "power"), [("max", 1), ("product", 2)])
def test_the_others_are_torch_cams(two, plain, fuse, power):
    """Its LayerCAM takes tanh(2 S) before the maximum, after the paper's eq. 9, and its RefineCAM no root."""
    network, x = copy.deepcopy(plain[0]).requires_grad_(True), plain[1]
    extractor = torchcam.methods.LayerCAM(network, target_layer=BOTH)
    maps = [of.detach() for of in extractor(CLASSES.tolist(), network(x.clone().requires_grad_(True)))]
    extractor.remove_hooks()
    if fuse == "max":
        expected = torchcam.methods.GradCAM.fuse_cams(maps, (32, 32))
        tanh = torchcam.methods.LayerCAM.fuse_cams(maps, (32, 32))
        large = [interpolate((2 * of).tanh()[:, None], (32, 32), mode="bilinear")[:, 0] for of in maps]
        torch.testing.assert_close(tanh, large[0].maximum(large[1]))
    else:
        expected = torchcam.methods.RefineCAM.fuse_cams(maps, (32, 32), normalized=False)
    torch.testing.assert_close(run(two, layers=BOTH, fuse=fuse)[0] ** power, expected, rtol=1e-4, atol=1e-5)


def test_layers_of_a_resnet_each_with_its_own_batch_norms_folded():
    """As of networks that are opened at each of them; a convolution that is folded has no output of its own."""
    block = settings(name="resnet18", preprocessing=dict(PREPROCESSING, resize=64, crop=64))
    pixels = np.random.default_rng(0).integers(0, 255, (2, 64, 64, 3), dtype=np.uint8)
    layers, probe = ["layer2", "layer3.0.bn1", "layer4"], open_probe("resnet18", block, COMPUTE)
    found = bind("layercam", {"layers": layers, "fuse": "max"}, 8)(opened(probe, pixels))[0]
    expected = []
    for layer in layers:
        alone = open_probe("resnet18", {**block, "layer": layer}, COMPUTE)
        maps = bind("layercam", {}, 8)(opened(alone, pixels))[0]
        expected.append(interpolate(unit(maps).view(maps.shape)[:, None], (64, 64), mode="bilinear")[:, 0])
    torch.testing.assert_close(found, torch.stack(expected).amax(0), rtol=1e-3, atol=1e-4)
    with pytest.raises(
        InputError, match=r"^layer 'layer3.0.conv1' is one with its batch norm; name that, 'layer3.0.bn1'$"
    ):
        bind("layercam", {"layers": ["layer4", "layer3.0.conv1"]}, 8)(opened(probe, pixels))


def test_tokens(vit):
    """Of two blocks of a transformer; none reaches the patches of the last one, whose class token alone counts."""
    names = [f"encoder.layers.encoder_layer_{block}.ln_1" for block in (0, 1)]
    found, _, batch = run(vit, "gradcam", layers=names)
    maps = [bind("gradcam", {}, 8)(batch.at(name))[0] for name in names]
    torch.testing.assert_close(found, sum(map(large, maps)) / 2)
    with pytest.raises(InputError, match=r"gradient at layer 'encoder.layers.encoder_layer_1' is zero"):
        run(vit, "gradcam", layers=[names[0], "encoder.layers.encoder_layer_1"])


@pytest.mark.parametrize("raw", [[[-1, 2], [3, 5]], [[2, 2], [2, 2]], [[-1, -2], [-3, -4]], [[4, 6], [5, 8]]])
@pytest.mark.parametrize("relu", [True, False])
def test_scaling_is_that_of_masks(raw, relu):
    raw = torch.tensor([raw], dtype=torch.float64)
    torch.testing.assert_close(scaled(raw, relu), torch.from_numpy(masks.scale(raw.numpy(), relu).maps))


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_map_that_is_not_finite_is_flagged(bad):
    raw = torch.ones((2, 2, 2))
    raw[0, 0, 0], raw[1, 0, 0] = bad, 3
    assert scaled(raw, relu=True).isnan().all((1, 2)).tolist() == [True, False]


def test_the_methods_relu_counts(two):
    """Recipro-CAM has none: its maps are scaled from their minimum."""
    found, _, batch = run(two, "reciprocam", layers=BOTH)
    maps = [bind("reciprocam", {}, 8)(batch.at(layer))[0] for layer in BOTH]
    maps = [of - of.amin((1, 2), keepdim=True) for of in maps]
    torch.testing.assert_close(found, sum(map(large, maps)) / 2)


def test_the_largest_condition_counts(two):
    _, condition, batch = run(two, "xgradcam", layers=["one", "second"])
    each = [bind("xgradcam", {}, 8)(batch.at(layer))[1] for layer in ("one", "second")]
    assert each[0].any()
    torch.testing.assert_close(condition, each[0].maximum(each[1]))


def test_copies_are_averaged_at_each_layer(two):
    given = {"flips": True, "noise": 0.2, "copies": 2}
    found, _, batch = run(two, layers=BOTH, **given)
    maps = [bind("layercam", given, 8)(batch.at(layer))[0] for layer in BOTH]
    torch.testing.assert_close(found, sum(map(large, maps)) / 2)
    assert run(two, layers=BOTH, **given)[2].passes.tolist() == [8] * 3


@pytest.mark.parametrize("cam", FUSED)
def test_the_contract(cam):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Two().eval().requires_grad_(False)
    check(cam, {**quick.settings(cam), "layers": BOTH}, network)


def test_everything_stays_on_the_networks_device():
    """On torch's meta device, whose tensors do not mix with those of the CPU."""
    ghost = open_probe("two", small("fusing:Two"), {**COMPUTE, "device": "meta"})
    for fuse in ("mean", "max", "product"):
        found, condition, _ = run(ghost, "gradcampp", layers=BOTH, fuse=fuse)
        assert (found.shape, found.device.type, condition.device.type) == ((3, 32, 32), "meta", "meta")


@pytest.mark.parametrize("cam", FUSED)
def test_an_image_has_the_same_map_in_any_batch(two, cam):
    given = {**quick.settings(cam), "layers": BOTH, "fuse": "product"}
    torch.testing.assert_close(run(two, cam, rows=[2, 0], **given)[0], run(two, cam, **given)[0][[2, 0]])


@pytest.mark.parametrize("cam", [*FUSED, "sscam", "reciprocam", "integratedgradcam", "groupcam"])
def test_passes_are_those_of_the_layers_together(two, cam):
    """As planned and as counted, each layer with its own channels and positions."""
    own, facts = quick.settings(cam), describe("two", small("fusing:Two"), COMPUTE)
    assert facts["layers"] == {"one": [6, 16, 16], "first": [6, 16, 16], "two": [5, 8, 8], "second": [5, 8, 8]}
    given = {**own, "layers": BOTH}
    found = methods.facts_with(cam, given)
    assert (found.resolution, found.repeats) == ("input", True)
    planned, counted = [], []
    for layer in BOTH:
        block = small("fusing:Two", layer=layer)
        planned += [passes_of(methods.facts(cam), own, describe("two", block, COMPUTE))]
        counted += [run(open_probe("two", block, COMPUTE), cam, **own)[2].passes]
    assert passes_of(found, given, facts) == pytest.approx(sum(planned))
    assert own_passes(sum(planned), kept=True, repeats=found.repeats) == sum(planned)
    passes = run(two, cam, **given)[2].passes
    assert passes.tolist() == sum(counted).tolist()
    assert cam not in ("gradcam", "layercam", "eigencam") or passes.tolist() == [sum(planned)] * 3


def test_kept_activations_and_scores_serve_the_target_layer_alone(two):
    """Every layer makes a pass of its own, the target layer, too."""
    shard = Shard(PIXELS, CLASSES, np.arange(3), activations=opened(two, PIXELS).activations().numpy())
    method = bind("layercam", {"layers": BOTH}, 8)
    found = gathered(explain(two, method, shard, two.input_shape))
    assert found["passes"].tolist() == [2] * 3
    np.testing.assert_allclose(found["raw"], run(two, layers=BOTH)[0], rtol=1e-5, atol=1e-6)
    assert methods.takes_scores("scorecam", {})
    assert not methods.takes_scores("scorecam", {"layers": BOTH})


def test_masked_images_are_fused_likewise(two):
    masking = masks.Masking()
    shard, method = Shard(PIXELS, CLASSES, np.arange(3)), bind("layercam", {"layers": BOTH}, 8)
    raw = gathered(explain(two, method, shard, two.input_shape))["raw"]
    found = gathered(explain_masked(two, method, shard, raw, masking))
    mask = torch.from_numpy(masks.masks(raw, (32, 32), masking))
    batch = opened(two, PIXELS, CLASSES)
    again = batch.of_inputs(batch.images * mask[:, None])
    np.testing.assert_allclose(found["raw"], method(again)[0], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(found["probability"], again.probability(), rtol=1e-5)
    assert found["passes"].tolist() == [2] * 3


def test_evaluate_fuses():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = Two().eval()
    chosen = {"fused": {"cam": "layercam", "settings": {"layers": BOTH, "fuse": "max"}}}
    options = {"preprocessing": {"mean": [0.5] * 3, "std": [0.25] * 3}, "progress": False}
    table = evaluate(network, PIXELS, chosen, **options)
    assert table["saliency_passes"].to_list() == [2] * 3
    assert table["adcc"].is_between(0, 1).all()
    chosen["fused"]["settings"]["layers"] = ["first", "third"]
    said = (
        r"methods.fused: cannot explain Two: no layer 'third' that fits; the last that do are one, first, two, second$"
    )
    with pytest.raises(InputError, match=said):
        evaluate(network, PIXELS, chosen, **options)


@pytest.mark.parametrize(
    ("cam", "given", "said"),
    [
        ("gradcam", {"layers": "first"}, "gradcam: layers must be a list of paths of layers, not 'first'"),
        ("gradcam", {"layers": ["first", 2]}, "gradcam: layers must be a list of paths of layers, not ['first', 2]"),
        ("gradcam", {"layers": []}, "gradcam: layers must name at least two layers, not []"),
        ("gradcam", {"layers": ["first"]}, "gradcam: layers must name at least two layers, not ['first']"),
        ("gradcam", {"layers": [*BOTH, "first"]}, "gradcam: layers has 'first' twice"),
        (
            "gradcam",
            {"layers": BOTH, "fuse": "sum"},
            "gradcam: fuse must be one of 'mean', 'max', 'product', not 'sum'",
        ),
        (
            "gradcam",
            {"fuse": "max"},
            "gradcam: setting 'fuse' says how the maps of several layers become one; name them as 'layers'",
        ),
        ("random", {"layers": BOTH}, "random has no setting 'layers'; it has seed"),
        ("gradient", {"layers": BOTH}, "gradient has no setting 'layers'; it has reduce, flips, noise, copies"),
        ("rollout", {"fuse": "max"}, "rollout has no setting 'fuse'; it has "),
        ("legrad", {"layers": BOTH}, "legrad: layers must be a whole number, not ['first', 'second']"),
        ("scorecam", {"score": BOTH}, "scorecam: score must be one of"),
    ],
)
def test_refusals(cam, given, said):
    (found,) = checks.method(cam, given)
    assert found.startswith(said)
    assert not list(checks.method("gradcam", {"layers": BOTH, "fuse": "max", "flips": True}))


@pytest.mark.parametrize(
    "cam", ["centre", "fakecam", "sobel", "degraded", "file", "rise", "polycam", "fullgrad", "chefer", "rawattention"]
)
def test_methods_that_do_not_look_at_the_layer_have_no_such_settings(cam):
    assert not methods.facts(cam).at_layer
    assert "fuse" not in methods.facts(cam).allowed


def test_what_planning_refuses():
    facts = describe("two", small("fusing:Two"), COMPUTE)
    layers = "no layer 'third' that fits; the last that do are one, first, two, second"
    assert methods.refusal("gradcam", facts, {"layers": ["first", "third"]}) == layers
    assert methods.refusal("gradcam", facts, {"layers": BOTH}) is None
    linear = "needs a linear layer right after global average pooling of the target layer"
    assert methods.refusal("cam", facts) is None
    assert methods.refusal("cam", facts, {"layers": BOTH}) == linear
    folded = describe("tiny", small(), COMPUTE)
    assert "stem" not in folded["layers"]
    assert methods.refusal("gradcam", folded, {"layers": ["stem", "relu"]}).startswith("layer 'stem' is one with")
