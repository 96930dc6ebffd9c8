"""The published table beside ours: differences, verdicts, and when there is none."""

from pathlib import Path

import polars as pl
import pytest

import cambench
from cambench.errors import InputError
from cambench.report.tables import PAPER
from cambench.results import published

REFERENCE = Path(cambench.__file__).parent / "reference"
WEIGHTS = {"vgg16": "397923af", "resnet18": "f37072fd"}
LABELS = {"gc": "Grad-CAM", "other": "My-CAM"}


@pytest.fixture
def theirs():
    return pl.read_csv(REFERENCE / "published.csv").filter(pl.col("network").is_in(list(WEIGHTS)))


def ours(theirs, moved):
    """Our numbers: those of Grad-CAM as published, moved by some points."""
    rows = theirs.filter(method="Grad-CAM").select("network", *((pl.col(name) + moved) / 100 for name in PAPER))
    return rows.with_columns(pl.lit("gc").alias("method"))


@pytest.mark.parametrize(
    ("moved", "verdict"),
    [(0, "within 0.5"), (-0.49, "within 0.5"), (0.6, "within 2"), (-1.9, "within 2"), (3, "beyond")],
)
def test_verdicts(theirs, moved, verdict):
    table = published.compare(ours(theirs, moved), theirs, LABELS, [])
    assert len(table) == len(theirs) * len(PAPER)
    run = table.filter(method="Grad-CAM")
    assert run["verdict"].unique().to_list() == [verdict]
    assert run["difference"].to_numpy() == pytest.approx(moved)
    assert run["label"].unique().to_list() == ["gc"]
    rest = table.filter(pl.col("method") != "Grad-CAM")
    assert rest["verdict"].unique().to_list() == ["not run"]
    assert rest["ours"].is_null().all()


def test_no_verdict_where_there_is_an_obstacle(theirs):
    table = published.compare(ours(theirs, 0), theirs, LABELS, ["resnet18: 20 images"])
    assert set(table["verdict"]) == {"no verdict", "not run"}


def test_no_method_has_a_published_name(theirs):
    table = published.compare(ours(theirs, 0), theirs, {}, [])
    assert set(table["verdict"]) == {"not run"}


def test_a_table_that_cannot_be_used_is_refused(theirs):
    with pytest.raises(InputError, match="lacks the column 'source'"):
        published.compare(ours(theirs, 0), theirs.drop("source"), LABELS, [])
    with pytest.raises(InputError, match="more than one row for vgg16, Grad-CAM"):
        published.compare(ours(theirs, 0), pl.concat([theirs, theirs[:1]]), LABELS, [])


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

    table = dict(pl.read_csv(REFERENCE / "weights.csv").rows())
    assert len(table) == 6
    for name, digest in table.items():
        weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
        assert weights.url.endswith(f"{name}-{digest}.pth")


def test_the_published_adcc_is_that_of_the_means():
    """To within 0.044 points, as reference/README.md says."""
    table = pl.read_csv(REFERENCE / "published.csv")
    terms = [table["coherency"], 100 - table["complexity"], 100 - table["average_drop"]]
    harmonic = 3 / sum(1 / term for term in terms)
    assert len(table) == 30
    assert (harmonic - table["adcc"]).abs().max() < 0.044
