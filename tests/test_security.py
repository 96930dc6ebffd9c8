"""Nothing that a user is given (weights, configuration, list, image) runs code, and no name leads out of a folder.

Paths of lists and decompression bombs: test_images.py.
"""

import os
import subprocess

import numpy as np
import pytest
import torch
import yaml
from conftest import PREPROCESSING, settings

from cambench import config, datasets, models, precomputed
from cambench.errors import InputError


class Code:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


def test_weights_run_no_code(tmp_path):
    torch.save({"state_dict": {"a": Code(tmp_path / "ran")}}, tmp_path / "evil.pth")
    block = settings(factory="tiny:Tiny", preprocessing=PREPROCESSING, weights=str(tmp_path / "evil.pth"))
    with pytest.raises(InputError, match=r"evil\.pth do not fit"):
        models.build("net", block, torch.device("cpu"))
    assert not (tmp_path / "ran").exists()


def test_precomputed_maps_run_no_code(tmp_path):

    np.save(tmp_path / "maps.npy", np.array([Code(tmp_path / "ran")], object), allow_pickle=True)
    with pytest.raises(InputError, match="nor a Zarr array"):
        precomputed.shape(str(tmp_path / "maps.npy"))
    assert not (tmp_path / "ran").exists()


def test_the_configuration_is_not_evaluated(project):
    made = project.folder / "ran"
    command = project.command("-n")
    with (project.folder / "test.yaml").open("a") as file:
        file.write(f"weights_folder: !!python/object/apply:os.mkdir ['{made}']\n")
    refused = subprocess.run(command, capture_output=True, text=True, cwd=project.folder)
    assert refused.returncode == 1
    assert not made.exists()
    project.config["run"] = f"__import__('os').mkdir('{made}')"
    assert "has characters that are not allowed here" in project.run("-n", check=False).stderr
    assert not made.exists()


def test_lists_are_not_evaluated(tmp_path):
    (tmp_path / "list.csv").write_text("path,label\na.png,__import__('os')\n")
    with pytest.raises(InputError, match="column 'label' must hold whole numbers"):
        datasets.find({"kind": "manifest", "path": str(tmp_path / "list.csv")})


@pytest.mark.parametrize("name", ["../up", "/etc/x", "a/b", "a b", "a;b", "$(x)", "", ".hidden", "-n"])
@pytest.mark.parametrize("place", ["run", "models", "methods"])
def test_names_that_become_paths_are_checked(demo, place, name):
    changed = {**demo, place: name if place == "run" else {name: next(iter(demo[place].values()))}}
    errors = config.resolve(changed, [], look=False)[1]
    assert len(errors) == 1
    assert repr(name) in errors[0]


@pytest.mark.parametrize("factory", ["os.system('x')", "os:system('x')", "lambda: 0", "../tiny:Tiny", "tiny"])
def test_a_factory_is_a_name_and_no_expression(demo, factory):
    changed = {**demo, "models": {"mine": {"factory": factory}}}
    assert any("models.mine.factory" in line for line in config.resolve(changed, [], look=False)[1])


def test_the_page_on_the_configuration_says_that_a_factory_is_code():
    from conftest import ROOT

    page = (ROOT / "config/README.md").read_text()
    assert "Its code is run: name only code that you trust" in page
    schema = yaml.safe_load((ROOT / "workflow/schemas/config.schema.yaml").read_text())
    model = schema["properties"]["models"]["additionalProperties"]["properties"]
    assert "Its code is run" in model["factory"]["description"]
