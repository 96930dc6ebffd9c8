"""Networks by name or factory: one line for what does not fit; weights are loaded, and run no code."""

import os
import subprocess
import sys
import warnings

import pytest
import torch
from conftest import COMPUTE, ROOT, settings, small
from tiny import Tiny

from cambench.errors import InputError
from cambench.networks.build import build, normalise
from cambench.networks.open import open_probe


class Code:
    """Unpickled, it makes a folder."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    ("factory", "message"),
    [
        ("nets:no_module", "the factory returns no torch.nn.Module, but a dict"),
        ("nets:no_parameters", "it has no parameters"),
        (
            "nets:no_statistics",
            "batch norm '1' has no running statistics: an answer would depend on its batch",
        ),
        ("nets:not_finite", "parameter norm.weight holds numbers that are not finite"),
        ("nets:scripted", "a TorchScript module cannot be opened at a layer; give the Python module it was made from"),
        ("nets:ends", "cannot be built: it exits with 0"),
        ("nets:lazy", "parameter 0.weight has no shape yet; let the factory run the network once"),
        ("nets:empty", "cannot be built: .*meta"),
    ],
)
def test_one_line_for_a_network_that_cannot_be_explained(factory, message):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of torch.jit
        with pytest.raises(InputError, match=f"^networks.net: {message}") as error:
            build("net", small(factory))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"factory": "tiny:Huge"}, "cannot be built: module 'tiny' has no attribute 'Huge'"),
        ({"factory": "no_such_module:Net"}, "cannot be built: No module named 'no_such_module'"),
        ({"arguments": {"colour": 1}}, "cannot be built: .*unexpected keyword argument 'colour'"),
    ],
)
def test_one_line_for_a_factory_that_does_not_fit(changes, message):
    with pytest.raises(InputError, match=f"^networks.net: {message}") as error:
        build("net", small(**changes))
    assert "\n" not in str(error.value)


def test_one_line_for_a_name_that_torchvision_does_not_know():
    line = r"^networks\.net: torchvision has no network 'resnet19'; did you mean 'resnet18'\?$"
    with pytest.raises(InputError, match=line):
        build("net", settings(name="resnet19"))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("fasterrcnn_resnet50_fpn", "a detector"),
        ("fcn_resnet50", "a network for segmentation"),
        ("r3d_18", "a video network"),
        ("raft_small", "a network for optical flow"),
    ],
)
def test_networks_of_torchvision_for_other_tasks(name, what):
    with pytest.raises(InputError, match=rf"^networks\.net: {name} is {what}, and no image classifier$"):
        build("net", settings(name=name))


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("grey", "it takes 1 channels, not three$"),
        ("video", "it takes videos or volumes, for layer '0' is a Conv3d$"),
        ("text", "it takes more than an image, for 'words' is missing$"),
    ],
)
def test_networks_that_take_no_image_of_three_channels(kind, message):
    with pytest.raises(InputError, match=message) as error:
        open_probe("net", small("nets:other_input", arguments={"kind": kind}), COMPUTE)
    assert str(error.value).startswith("networks.net: ")
    assert "\n" not in str(error.value)


def test_one_line_for_weights_that_torchvision_does_not_have():
    known = "IMAGENET1K_V1, IMAGENET1K_V2, DEFAULT"
    with pytest.raises(
        InputError, match=rf"^networks\.net: torchvision has no weights 'checkpoint' of resnet50; it has {known}$"
    ):
        build("net", settings(name="resnet50", weights="checkpoint"))


def test_a_network_is_frozen_and_its_seed_decides_its_weights():
    network, again, other = (build("net", small(seed=seed)) for seed in (0, 0, 1))
    assert not network.training
    assert not any(parameter.requires_grad for parameter in network.parameters())
    assert torch.equal(network.fc.weight, again.fc.weight)
    assert not torch.equal(network.fc.weight, other.fc.weight)


def test_pickled_networks_are_no_weights(tmp_path):
    """They could run code when they are read."""
    torch.save(Tiny(), tmp_path / "code.pth")
    with pytest.raises(InputError, match=r"^networks\.net: weights .*code\.pth: it is no file of weights") as error:
        build("net", small(weights=str(tmp_path / "code.pth")))
    assert "\n" not in str(error.value)


def test_weights_run_no_code(tmp_path):
    torch.save({"state_dict": {"a": Code(tmp_path / "ran")}}, tmp_path / "evil.pth")
    with pytest.raises(
        InputError, match=r"evil\.pth: it is no file of weights alone, but holds objects \(\w+\.mkdir\) that"
    ):
        build("net", small(weights=str(tmp_path / "evil.pth")), torch.device("cpu"))
    assert not (tmp_path / "ran").exists()


def test_pixels_are_normalised_by_channel():
    preprocessing = {"mean": [0.1, 0.2, 0.3], "std": [0.5, 0.25, 0.2]}
    pixels = torch.randint(0, 256, (2, 5, 7, 3), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(preprocessing[key]) for key in ("mean", "std"))
    found = normalise(pixels, preprocessing)
    assert torch.allclose(found, ((pixels / 255 - mean) / std).permute(0, 3, 1, 2), atol=1e-5)
    assert found.is_contiguous(memory_format=torch.channels_last)


def test_packages_that_a_network_does_not_need_are_not_imported():
    """They take seconds of each job's start."""
    code = "import sys; from conftest import small; from cambench.networks.build import build; build('net', small())"
    code += "; print([name for name in ('timm', 'transformers', 'torchvision') if name in sys.modules])"
    places = os.pathsep.join(str(ROOT / name) for name in ("workflow", "tests"))
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": places}, capture_output=True, text=True
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_torchvision_is_imported_without_the_compiler_that_it_asks_for():
    """Two thirds of a second in every job; what needs the compiler still finds it."""
    code = """
import sys
from cambench.networks import from_torchvision
models = from_torchvision.package().models
models.get_model("resnet18", weights=None)
assert "torch._dynamo" not in sys.modules
from torchvision.ops.roi_align import is_compile_supported
assert is_compile_supported("cuda") in (True, False)
import torch._dynamo.utils
assert torch._dynamo.utils.__spec__ is not None
"""
    subprocess.run([sys.executable, "-c", code], check=True)
