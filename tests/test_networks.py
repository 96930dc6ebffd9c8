"""Every kind of torchvision network, at its default layer: opened, folded, explained."""

import numpy as np
import pytest
import torch
from conftest import COMPUTE, PREPROCESSING, opened, settings

from cambench import limit, models, networks, registry, runtime
from cambench.errors import InputError
from cambench.runtime import gathered

FAMILIES = {
    "vgg11_bn": ("avgpool", False),
    "resnet18": ("layer4", True),
    "resnext50_32x4d": ("layer4", True),
    "densenet121": ("features", False),
    "mobilenet_v3_small": ("features", False),
    "efficientnet_b0": ("features", True),
    "convnext_tiny": ("features", False),
    "squeezenet1_1": ("classifier.2", False),
    "inception_v3": ("Mixed_7c", True),
}
# These two take a pass a channel: minutes on 2,048 of them.
COSTLY = ("scorecam", "ablationcam")
CHEAP = [name for name in registry.names() if name not in (*COSTLY, "file")]


def block(name):
    if name != "inception_v3":
        return settings(name=name)
    preprocessing = dict(PREPROCESSING, resize=299, crop=299)
    return settings(name=name, preprocessing=preprocessing, arguments={"init_weights": False})


@pytest.mark.parametrize("name", FAMILIES)
def test_family(name):
    probe = networks.open_probe(name, block(name), COMPUTE, 2)
    side = probe.input_shape[0]
    pixels = np.random.default_rng(0).integers(0, 255, (2, side, side, 3), dtype=np.uint8)
    plain = models.build(name, block(name))
    images = opened(probe, pixels)
    layer, linear = FAMILIES[name]
    assert networks.find_layer(name, plain, None, side) == layer
    with torch.no_grad():
        expected = plain(images)
    torch.testing.assert_close(probe.logits(images), expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))
    assert probe.head_alone
    assert (probe.classifier() is not None) == linear
    classes = expected.argmax(1)
    for method in CHEAP:
        if method == "cam" and not linear:
            with pytest.raises(InputError, match="linear layer"):
                registry.load(method)(probe, images, classes)
            continue
        probe.open(images, np.arange(2))
        maps = registry.load(method)(probe, images, classes)
        assert maps.isfinite().all(), method
        assert (probe.passes <= (9 if method == "smoothgradcampp" else 1)).all(), method


@pytest.mark.parametrize("name", ["mobilenet_v3_small", "squeezenet1_1"])
def test_costly_methods(name):
    probe = networks.open_probe(name, block(name), dict(COMPUTE, batch=32), 2)
    images = opened(probe, np.random.default_rng(0).integers(0, 255, (1, 224, 224, 3), dtype=np.uint8))
    A = probe.activations(images)[0].flatten(1)
    live = int((A.amax(1) > A.amin(1)).sum())
    for method, passes in (("scorecam", 1 + live + (live < len(A))), ("ablationcam", 1)):
        probe.open(images, np.arange(1))
        assert registry.load(method)(probe, images, torch.tensor([3])).isfinite().all()
        assert probe.passes.tolist() == [passes]


def test_batch_norms_are_folded_where_that_changes_nothing():
    probe = networks.open_probe("resnet18", settings(name="resnet18"), COMPUTE)
    assert probe.folded == 20
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in probe.network.modules())


def test_cam_refuses_a_network_without_its_head():
    assert registry.refusal("cam", {"linear_head": False}) is not None
    assert registry.refusal("cam", {"linear_head": True}) is None
    assert registry.refusal("gradcam", {"linear_head": False}) is None


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "resnet19"}, "torchvision has no network 'resnet19'"),
        ({"factory": "tiny:Huge"}, "cannot be built"),
        ({"factory": "no_such_module:Net"}, "No module named"),
        ({"factory": "tiny:Tiny", "layer": "layer9"}, "no layer 'layer9'"),
        ({"factory": "tiny:Tiny", "layer": "fc"}, "no spatial output"),
        ({"factory": "tiny:Tiny", "classes": 7}, "has 5 classes, the config says 7"),
        ({"factory": "tiny:Tiny", "arguments": {"colour": 1}}, "cannot be built"),
    ],
)
def test_one_line_for_what_does_not_fit(changes, message):
    with pytest.raises(InputError, match=message) as error:
        networks.describe("net", settings(preprocessing=PREPROCESSING, **changes), COMPUTE)
    assert "\n" not in str(error.value)


def test_weights(tmp_path):
    from tiny import Residual, Tiny

    good, other, code = (tmp_path / f"{name}.pth" for name in ("good", "other", "code"))
    torch.save(Tiny().state_dict(), good)
    torch.save(Residual().state_dict(), other)
    torch.save(Tiny(), code)  # a pickled network could run code when it is read
    block = settings(factory="tiny:Tiny", preprocessing=PREPROCESSING)
    digest = models.weights_digest({**block, "weights": str(good)})
    models.build("net", {**block, "weights": str(good), "sha256": digest})
    for weights, sha256, message in ((good, "0" * 64, "have sha256"), (other, None, "do not fit"), (code, None, "fit")):
        with pytest.raises(InputError, match=message):
            models.build("net", {**block, "weights": str(weights), "sha256": sha256})


def test_the_demo_network_gets_17_of_20(demo_probe, photographs):
    from cambench import predictions

    found = gathered(predictions.predict(demo_probe, photographs["pixels"], photographs["label"], "predicted", 8))
    assert (found["predicted"] == photographs["label"]).sum() == 17
    by_label = gathered(predictions.predict(demo_probe, photographs["pixels"], photographs["label"], "label", 8))
    np.testing.assert_array_equal(by_label["target"], photographs["label"])
    np.testing.assert_allclose(by_label["probability"], found["label_probability"], atol=1e-6)


def test_masking_spaces(demo_probe, photographs):
    from cambench.masked import mask_images

    pixels, none = photographs["pixels"][:1], torch.zeros((1, 224, 224))
    assert mask_images(demo_probe, pixels, none, "normalised").abs().max() == 0
    black = demo_probe.prepare(np.zeros_like(pixels))
    torch.testing.assert_close(mask_images(demo_probe, pixels, none, "pixels"), black)
    whole = mask_images(demo_probe, pixels, none + 1, "pixels")
    torch.testing.assert_close(whole, demo_probe.prepare(pixels))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"device": "cuda:9"}, "compute: device 'cuda:9' is not there: "),
        ({"device": "abacus"}, "compute: device 'abacus' is not there: "),
        ({"device": "cpu", "precision": "tf32"}, "compute: precision tf32 is not there on cpu: "),
    ],
)
def test_one_line_for_a_machine_that_has_not_what_is_asked(change, message):
    with pytest.raises(InputError) as raised:
        networks.open_probe("net", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), {**COMPUTE, **change})
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


def test_bfloat16_needs_a_machine_that_has_it(monkeypatch):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: False)
    with pytest.raises(InputError, match="compute: precision bfloat16 is not there on cpu"):
        runtime.start("cpu", "bfloat16")


def test_operations_and_peak():
    """A convolution 5 x 5 from 3 channels to 4 at 8 x 8, then 4 x 5: two operations a multiplication and addition."""
    probe = networks.open_probe("net", settings(factory="tiny:Tiny", preprocessing=PREPROCESSING), COMPUTE)
    sample = torch.zeros((3, 3, 32, 32))
    assert limit.operations(probe.network, sample) == 2 * (8 * 8 * 4 * 3 * 25 + 4 * 5)
    assert limit.peak(probe.device) > 1e9
