"""Jobs follow all that a factory rests on, and refuse a network that is not the one described."""

import json

import torch
from tiny import Tiny

FACTORY = """
import torch
from helper import scale
from tiny import Tiny


def make():
    network = Tiny()
    network.load_state_dict(torch.load("own.pth"))
    network.fc.weight.data.mul_(scale)
    return network
"""
DESCRIBED = "results/test/networks/tiny.json"
PREDICTED = "results/test/predictions/tiny.zarr/probability/c/0"


def test_what_a_factory_rests_on(small_project):
    folder, network = small_project.folder, small_project.config["networks"]["tiny"]
    network |= {"factory": "own:make"}
    (folder / "own.py").write_text(FACTORY)
    (folder / "helper.py").write_text("scale = 2\n")
    torch.save(Tiny().state_dict(), folder / "own.pth")
    small_project.run(DESCRIBED)
    facts = json.loads((small_project.results / "networks/tiny.json").read_text())
    assert (facts["random"], facts["weights"]) == (False, f"the factory's own, sha256 {facts['state'][:16]}")
    assert small_project.planned(DESCRIBED) == {}
    (folder / "helper.py").write_text("scale = 3\n")
    assert small_project.planned(DESCRIBED) == {"networks": 1}
    (folder / "helper.py").write_text("scale = 2\n")
    assert small_project.planned(DESCRIBED) == {}
    torch.save(Tiny().state_dict(), folder / "own.pth")
    assert small_project.planned(DESCRIBED) == {"networks": 1}
    refused(small_project, {**facts, "state": "0" * 64})


def refused(project, forged):
    """The description is that of other weights; nothing is predicted until it is made again."""
    project.run(DESCRIBED)
    file = project.results / "networks/tiny.json"
    file.write_text(json.dumps(forged))
    done = project.run(PREDICTED, check=False)
    assert done.returncode == 1
    assert (
        "networks.tiny: its weights are no longer those of networks/tiny.json; mend: rm -r" in done.stdout + done.stderr
    )
    assert "Traceback" not in done.stdout + done.stderr
    file.unlink()
    project.run(PREDICTED)
    assert (project.folder / PREDICTED).exists()
