"""The published table beside ours: differences, verdicts, and when there is none."""

import polars as pl
import pytest
from conftest import ROOT

from cambench import published
from cambench.views import PAPER

WEIGHTS = {"vgg16": "397923af", "resnet18": "f37072fd"}
LABELS = {"gc": "Grad-CAM", "other": "My-CAM"}


@pytest.fixture
def theirs():
    return pl.read_csv(ROOT / "reference" / "published.csv").filter(pl.col("model").is_in(list(WEIGHTS)))


def summary(theirs, moved):
    """Our numbers: those of Grad-CAM as published, moved by some points."""
    rows = theirs.filter(method="Grad-CAM").select("model", *((pl.col(name) + moved) / 100 for name in PAPER))
    return rows.with_columns(pl.lit("gc").alias("method"))


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [(0, "within 0.5"), (-0.49, "within 0.5"), (0.6, "within 2"), (-1.9, "within 2"), (3, "beyond")],
)
def test_verdicts(theirs, moved, verdict):
    table = published.compare(summary(theirs, moved), theirs, LABELS, [])
    assert len(table) == len(theirs) * len(PAPER)
    run = table.filter(method="Grad-CAM")
    assert run["verdict"].unique().to_list() == [verdict]
    assert run["difference"].to_numpy() == pytest.approx(moved)
    rest = table.filter(pl.col("method") != "Grad-CAM")
    assert rest["verdict"].unique().to_list() == ["not run"]
    assert rest["ours"].is_null().all()


def test_no_verdict_where_there_is_an_obstacle(theirs):
    table = published.compare(summary(theirs, 0), theirs, LABELS, ["resnet18: 20 images"])
    assert set(table["verdict"]) == {"no verdict", "not run"}
    found = published.view(table, {"vgg16": "VGG-16"}, ["resnet18: 20 images"])
    assert "No verdict is given: resnet18: 20 images." in found["md"]
    assert "=" not in found["md"].splitlines()[2]


def test_view(theirs):
    table = published.compare(summary(theirs, -0.25), theirs, LABELS, [])
    found = published.view(table, {"vgg16": "VGG-16"}, [])
    row = theirs.filter(model="vgg16", method="Grad-CAM").row(0, named=True)
    assert f"{row['adcc']:.2f} / {row['adcc'] - 0.25:.2f} (−0.25) =" in found["md"]
    assert "VGG-16" in found["html"]
    assert "$\\approx$" in found["tex"]  # the legend
    assert found["md"].count("/ –") == (len(theirs) - 2) * len(PAPER)


def test_obstacles():
    networks = {"vgg16": {"weights": "IMAGENET1K_V1"}, "resnet18": {"weights": "f37072fd" + "0" * 56}}
    images = {"vgg16": 50_000, "resnet18": 50_000}
    settings = dict.fromkeys(networks, published.SETTINGS)
    assert published.obstacles(images, networks, WEIGHTS, settings) == []
    assert published.obstacles({**images, "vgg16": 20}, networks, WEIGHTS, settings) == ["vgg16: 20 images, not 50,000"]
    other = {**settings, "vgg16": {**published.SETTINGS, "target": "label", "space": "pixels"}}
    said = ["vgg16: other settings than the paper's (target, space)"]
    assert published.obstacles(images, networks, WEIGHTS, other) == said
    networks["resnet18"]["weights"] = "random, seed 0"
    said = published.obstacles({**images, "mine": 3}, {**networks, "mine": {"weights": "?"}}, WEIGHTS, settings)
    assert said == ["resnet18: other weights than IMAGENET1K_V1 (random, seed 0)"]


def test_digests_are_those_of_torchvisions_files():
    import torchvision

    table = dict(pl.read_csv(ROOT / "reference" / "weights.csv").rows())
    assert len(table) == 6
    for name, digest in table.items():
        weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
        assert weights.url.endswith(f"{name}-{digest}.pth")
