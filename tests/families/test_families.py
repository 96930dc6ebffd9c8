"""Families of networks, end to end: described, and explained by methods of each kind that do not refuse them."""

import json

import pytest
import torch
from conftest import ROOT
from families.catalogue import CATALOGUE, TINY, Member
from families.explaining import METHODS, attempt, maps, refused
from families.table import Notes, page, row

PAGE = ROOT / "docs" / "networks.md"


def check(settings):
    """Maps are finite, of the right size, and not empty."""
    described = attempt(settings)
    assert not isinstance(described, str), described
    reasons = refused(described)
    assert all("\n" not in reason for reason in reasons.values())
    found = maps(settings, [name for name in METHODS if name not in reasons])
    for name, raw in found.items():
        assert tuple(raw.shape[1:]) in {tuple(described["map"]), tuple(described["input"])}, name
        assert torch.isfinite(raw).all(), name
        assert raw.any(), f"{name}: its map is 0"
    return described, found


@pytest.mark.parametrize("member", TINY, ids=lambda member: member.name)
def test_one_of_each_kind(member, tmp_path):
    described, found = check(member.settings(tmp_path))
    assert {"gradcam", "scorecam", "reciprocam", "layercam"} <= set(found)
    assert (described["layout"], described["prefix"]) == member.expected


@pytest.mark.slow
@pytest.mark.parametrize("member", CATALOGUE, ids=lambda member: f"{member.library}-{member.name}".replace(" ", "-"))
def test_families(member, tmp_path):
    settings = member.settings(tmp_path, small=True)
    if member.refused:
        assert attempt(settings).startswith(member.refused)
    else:
        check(settings)


def test_the_page_has_every_family():
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    assert [line.split("`")[1] for line in rows] == [member.name for member in CATALOGUE]


@pytest.mark.slow
def test_the_page_is_what_its_command_writes(tmp_path):
    assert page(tmp_path) == PAGE.read_text(encoding="utf-8"), "run: make networks"


def test_rows_of_the_page(tmp_path):
    notes = Notes()
    cells = row(TINY[0], tmp_path, notes)
    assert len(cells) == 7
    assert cells[0] == f"`{TINY[0].name}`"
    assert all(f"[{number}]" in cells[-1] for number in notes.numbers.values())


def test_one_of_each_kind_through_the_workflow(small_project):
    """Naming, layouts and refusals work together, not each alone."""
    networks = {member.name: member.block(small_project.folder) for member in TINY}
    small_project.config |= {"networks": networks, "shards": {"images": 6}}  # one
    small_project.run("results/test/tables/summary.parquet")
    for member in TINY:
        described = json.loads((small_project.results / f"networks/{member.name}.json").read_text(encoding="utf-8"))
        assert (described["layout"], described["prefix"]) == member.expected
        assert described["random"]
    small_project.config["methods"]["rollout"] = {"cam": "rollout"}
    refusals = small_project.run(check=False)
    assert refusals.returncode == 1
    lines = [line for line in (refusals.stdout + refusals.stderr).splitlines() if line.startswith("config:")]
    assert {line.partition(": cannot explain ")[2].partition(":")[0] for line in lines} == {"cnn", "swin"}


def test_a_head_of_zeros_is_said_to_be_one(tmp_path):
    """torchvision's VisionTransformer leaves it so where it loads no weights."""
    shape = {"image_size": 32, "patch_size": 8, "num_layers": 1, "num_heads": 1, "hidden_dim": 8, "mlp_dim": 8}
    settings = Member("torchvision", "cnn", input=32).settings(tmp_path)
    bare = {**settings, "factory": "torchvision.models:VisionTransformer", "arguments": shape}
    del bare["name"]
    line = "its logits depend on none of its layers, as where weights: null leaves the head at 0; load weights"
    assert attempt(bare) == line
