"""The weights of torchvision's networks are known without importing it, and those that it does not have are refused."""

import subprocess
import sys

import pytest
import torchvision
from conftest import ROOT

from cambench.config.read import resolve
from cambench.config.torchvision_weights import files

NETWORKS = torchvision.models.list_models(module=torchvision.models)


def test_files_are_those_that_torchvision_loads():
    for name in NETWORKS:
        members = torchvision.models.get_model_weights(name).__members__
        assert files(name) == {key: item.url.rpartition("/")[2] for key, item in members.items()}, name


@pytest.mark.parametrize("name", ["none", "quantized_resnet18", "Weights", "_resnet"])
def test_nothing_is_known_of_others(name):
    assert files(name) == {}


def test_torch_is_not_imported():
    code = "import sys; from cambench.config.torchvision_weights import files; files('resnet18')['IMAGENET1K_V1']; "
    code += "sys.exit(any(name.startswith('torch') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(ROOT / "workflow")}).returncode == 0


V1, V2 = "resnet50-0676ba61.pth", "resnet50-11ad3fa6.pth"


@pytest.mark.parametrize(
    ("held", "weights", "found"),
    [
        ([V1], "IMAGENET1K_V1", V1),
        ([V1, V2], "IMAGENET1K_V1", V1),
        ([V1, V2], "DEFAULT", V2),
        (["resnet50-abcdef01.pth"], "IMAGENET1K_V2", "resnet50-abcdef01.pth"),  # that of another torchvision
    ],
)
def test_the_file_of_the_weights_that_are_named(good, tmp_path, held, weights, found):
    assert resolved(good, tmp_path, held, weights) == (f"{tmp_path}/hub/{found}", [])


@pytest.mark.parametrize(
    ("held", "weights", "line"),
    [
        ([V1], "IMAGENET1K_V9", "torchvision has no weights 'IMAGENET1K_V9' of resnet50; it has IMAGENET1K_V1, IMAGE"),
        ([V1], "pretrained", "torchvision has no weights 'pretrained' of resnet50; it has IMAGENET1K_V1, IMAGENET1K_V"),
        ([V1], "IMAGENET1K_V2", f"FOLDER holds {V1}, which is IMAGENET1K_V1, not IMAGENET1K_V2; that is {V2}"),
        (["resnet50-01234567.pth", V1], "IMAGENET1K_V2", "FOLDER holds 2 files resnet50-DIGEST.pth: resnet50-01234567"),
        ([], "IMAGENET1K_V2", "FOLDER holds 0 files resnet50-DIGEST.pth"),
    ],
)
def test_one_line_for_weights_that_are_not_there(good, tmp_path, held, weights, line):
    (said,) = resolved(good, tmp_path, held, weights)[1]
    said = said.replace(f"{tmp_path}/hub", "FOLDER")
    assert said.startswith(f"config: networks.net: weights_folder: {line}")


def resolved(good, folder, held, weights):
    """Path of the weights of a ResNet-50, and the errors, where a folder holds these files."""
    (folder / "hub").mkdir()
    for name in held:
        (folder / "hub" / name).touch()
    networks = {"net": {"name": "resnet50", "weights": weights}}
    full, errors = resolve({**good, "networks": networks, "weights_folder": str(folder / "hub")}, [], look=False)
    return full["networks"]["net"]["weights"], errors
