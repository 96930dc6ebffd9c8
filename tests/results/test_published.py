"""The published table beside ours: differences, verdicts, and when there is none."""

import copy
from pathlib import Path

import polars as pl
import pytest

import cambench
from cambench.errors import InputError
from cambench.plan import protocol
from cambench.report.tables import PAPER
from cambench.results import published
from cambench.results.published import Obstacle
from cambench.results.verdicts import Basis

REFERENCE = Path(cambench.__file__).parent / "reference"
NETWORKS = ("vgg16", "resnet18")
LABELS = {"gc": "Grad-CAM", "rc": "Recipro-CAM", "other": "My-CAM"}
WHOLE, SAMPLE = Basis(0.95), Basis(0.95, 50_000)


@pytest.fixture
def theirs():
    return published.read(REFERENCE / "published.csv").filter(pl.col("network").is_in(NETWORKS))


def ours(theirs, moved=0, method="Grad-CAM", label="gc", images=50_000, error=0.1):
    """Our numbers: those of a method as published, moved by some points, with one standard error (points) for all."""
    rows = theirs.filter(method=method).select("network", *((pl.col(name) + moved) / 100 for name in PAPER))
    errors = {f"{name}_se": error / 100 for name in PAPER}
    return rows.with_columns(pl.lit(label).alias("method"), pl.lit(images).alias("images")).with_columns(**errors)


@pytest.mark.parametrize(
    ("moved", "verdict", "distance"),
    [
        (0.004, "consistent", "within 0.5"),
        (-0.49, "differs", "within 0.5"),
        (0.6, "differs", "within 2"),
        (-1.9, "differs", "within 2"),
        (3, "differs", "beyond"),
    ],
)
def test_verdicts_of_the_whole_set_are_exact_but_for_rounding(theirs, moved, verdict, distance):
    table = published.compare(ours(theirs, moved), theirs, LABELS, [], WHOLE)
    assert len(table) == len(theirs) * len(PAPER)
    run = table.filter(method="Grad-CAM")
    assert run["verdict"].unique().to_list() == [verdict]
    assert run["distance"].unique().to_list() == [distance]
    for column in ("low", "high", "ours"):
        assert (run[column] - run["published"]).to_numpy() == pytest.approx(moved)
    assert run["difference"].to_numpy() == pytest.approx(moved)
    assert run["label"].unique().to_list() == ["gc"]
    assert run["reason"].is_null().all()
    rest = table.filter(pl.col("method") != "Grad-CAM")
    assert rest["verdict"].unique().to_list() == ["not run"]
    for column in ("ours", "low", "high", "distance", "least", "most", "more_images", "said"):
        assert rest[column].is_null().all()


def test_columns(theirs):
    names = "network method source label metric published ours low high difference distance verdict"
    assert published.compare(ours(theirs), theirs, LABELS, [], WHOLE).columns == [
        *names.split(),
        *("least", "most", "more_images", "said", "reason"),
    ]


def test_verdicts_of_a_sample_are_corrected_for_their_number(theirs):
    """Two networks, seven metrics: t at 0.05 / 28 of 1,999 degrees of freedom is 2.9178; the factor sqrt(0.96)."""
    table = published.compare(ours(theirs, 1, images=2000), theirs, LABELS, [], SAMPLE).filter(method="Grad-CAM")
    half = 2.9178 * 0.1 * 0.96**0.5
    assert (table["high"] - table["low"]).to_numpy() == pytest.approx(2 * half, rel=1e-3)
    assert table["least"].to_numpy() == pytest.approx(1 - 0.005 - half, rel=1e-3)
    assert set(table["said"]) == {"differs by 0.7 to 1.3 points"}
    one = published.compare(ours(theirs, images=2000), theirs, LABELS, [Obstacle("r", "vgg16")], SAMPLE)
    narrower = one.filter(network="resnet18", method="Grad-CAM")  # seven verdicts
    assert (narrower["high"] - narrower["low"]).to_numpy() == pytest.approx(2 * half * 2.6946 / 2.9178, rel=1e-3)
    assert one.filter(network="vgg16")["low"].is_null().all()


def test_rows_keep_their_order_whatever_is_judged(theirs):
    table = published.compare(ours(theirs), theirs, LABELS, [Obstacle("r", metrics=("deletion",))], WHOLE)
    wanted = [(row["network"], row["method"], name) for name in PAPER for row in theirs.iter_rows(named=True)]
    assert sorted(table.select("network", "method", "metric").rows()) == sorted(wanted)
    first = table.select("network", "method").unique(maintain_order=True).rows()
    assert first == theirs.select("network", "method").rows()


def test_one_image_gets_no_verdict(theirs):
    alone = ours(theirs, images=1).with_columns(pl.lit(None, pl.Float64).alias(f"{name}_se") for name in PAPER)
    table = published.compare(alone, theirs, LABELS, [], SAMPLE).filter(method="Grad-CAM")
    assert table.select("verdict", "reason").unique().rows() == [("no verdict", "one image has no interval")]


def test_the_rounding_is_that_of_the_text(tmp_path):
    (tmp_path / "table.csv").write_text(
        "network,method,source,adcc,deletion\na,x,s,53.5,7\nb,x,s,53.50,\nc,x,s,5e1,7.\n"
    )
    table = published.read(tmp_path / "table.csv")
    assert table["adcc_rounding"].to_list() == pytest.approx([0.05, 0.005, 0.005])
    assert table["deletion_rounding"].to_list()[::2] == pytest.approx([0.5, 0.5])
    assert table["adcc"].to_list() == [53.5, 53.5, 50]


def test_numbers_of_another_protocol_get_no_verdict(theirs):
    both = pl.concat([ours(theirs), ours(theirs, method="Recipro-CAM", label="rc")])
    table = published.compare(both, theirs, LABELS, [], WHOLE)
    assert table.filter(method="Recipro-CAM").select("source", "verdict").unique().rows() == [
        ("byun2024", "other protocol")
    ]
    assert table.filter(method="Grad-CAM")["verdict"].unique().to_list() == ["consistent"]
    assert table.filter(method="Recipro-CAM")["difference"].is_not_null().all()


@pytest.mark.parametrize(
    ("obstacle", "barred"),
    [
        (Obstacle("r"), lambda row: True),
        (Obstacle("r", "resnet18"), lambda row: row["network"] == "resnet18"),
        (Obstacle("r", method="Grad-CAM"), lambda row: row["method"] == "Grad-CAM"),
        (Obstacle("r", method="Score-CAM"), lambda row: False),
        (Obstacle("r", metrics=("deletion",)), lambda row: row["metric"] == "deletion"),
    ],
)
def test_an_obstacle_bars_what_it_concerns_and_nothing_else(theirs, obstacle, barred):
    table = published.compare(ours(theirs), theirs, LABELS, [obstacle], WHOLE).filter(method="Grad-CAM")
    for row in table.iter_rows(named=True):
        expected = ("no verdict", "r") if barred(row) else ("consistent", None)
        assert (row["verdict"], row["reason"]) == expected


def test_no_method_has_a_published_name(theirs):
    table = published.compare(ours(theirs), theirs, {}, [], WHOLE)
    assert set(table["verdict"]) == {"not run"}


def test_a_number_that_was_not_published_is_not_judged(theirs):
    unknown = theirs.with_columns(pl.lit(None, pl.Float64).alias("adcc"))
    table = published.compare(ours(theirs), unknown, LABELS, [], WHOLE).filter(method="Grad-CAM", metric="adcc")
    assert table.select("verdict", "reason").unique().rows() == [("no verdict", "not published")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("network,method,adcc\nvgg16,x,1\n", "the published table lacks the column 'source'"),
        ("network,method,source,adcc\na,x,s,1\na,x,s,2\n", "has more than one row for a, x"),
        ("network,method,source,adcc\na,x,s,high\n", "has a metric that is no number"),
        ("", "is no CSV table"),
        ("a\n1,2\n", "is no CSV table"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused(tmp_path, text, line):
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(InputError, match=rf"^{tmp_path}/table.csv: .*{line}$"):
        published.read(tmp_path / "table.csv")


def test_weights_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "weights.csv").write_text("network,digest\na,b\n")
    with pytest.raises(InputError, match="needs the columns network and sha256"):
        published.read_weights(tmp_path / "weights.csv")
    (tmp_path / "weights.csv").write_text("network,sha256\nvgg16,39792306\n")  # digits alone are text, too
    assert published.read_weights(tmp_path / "weights.csv") == {"vgg16": "39792306"}


@pytest.fixture
def asked(theirs):
    """Arguments of `obstacles` for a run that does all as the preset does: its settings may be changed."""
    preset = copy.deepcopy(protocol.of_paper())
    facts = {}
    for name in NETWORKS:
        block = preset["networks"][name]
        preprocessing = {
            key.removeprefix("preprocessing."): value for key, value in block.items() if key.startswith("preprocessing")
        }
        facts[name] = {"weights": "IMAGENET1K_V1", "layer": block["layer"], "preprocessing": preprocessing}
    return {
        "summary": ours(theirs),
        "networks": facts,
        "weights": published.read_weights(REFERENCE / "weights.csv"),
        "ours": copy.deepcopy(preset),
        "preset": preset,
    }


def test_the_papers_run_has_no_obstacle(asked):
    assert published.obstacles(**asked) == []
    asked["networks"]["resnet18"]["weights"] = "f37072fd" + "0" * 56  # torchvision's file, by its digest
    assert published.obstacles(**asked) == []


@pytest.mark.parametrize(
    ("key", "value", "metrics"),
    [
        ("target", "label", None),
        ("masking.order", "upsample_then_scale", None),
        ("masking.space", "pixels", None),
        ("compute.precision", "tf32", None),
        ("dataset.kind", "folder", None),
        ("curves.pixels_per_step", 448, ("deletion", "insertion")),
        ("curves.area", "mean", ("deletion", "insertion")),
        ("curves.ties", "other", ("deletion", "insertion")),
        ("curves.deletion.end", "black", ("deletion", "insertion")),
        ("curves.insertion.start", "zero", ("deletion", "insertion")),
    ],
)
def test_settings_of_the_run(asked, key, value, metrics):
    preset = asked["preset"]["run"].get(key, "none")
    asked["ours"]["run"][key] = value
    assert published.obstacles(**asked) == [Obstacle(f"{key} {value}, not {preset}", metrics=metrics)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("resize", 256),
        ("crop", 192),
        ("interpolation", "bicubic"),
        ("mean", [0.5, 0.5, 0.5]),
        ("std", [0.5, 0.5, 0.5]),
    ],
)
def test_the_preprocessing_that_was_used(asked, key, value):
    preset = asked["networks"]["vgg16"]["preprocessing"][key]
    asked["networks"]["vgg16"]["preprocessing"][key] = value
    asked["ours"]["networks"]["vgg16"]["preprocessing"] = "own"
    assert published.obstacles(**asked) == [Obstacle(f"preprocessing.{key} {value}, not {preset}", "vgg16")]


def test_other_networks(asked):
    """The layer and the weights that were used count, and not how the configuration says so."""
    asked["ours"]["networks"]["vgg16"]["layer"] = None
    assert published.obstacles(**asked) == []
    asked["networks"]["vgg16"]["layer"] = "features.29"
    asked["networks"]["resnet18"]["weights"] = "random, seed 0"
    asked["ours"]["networks"]["resnet18"] |= {"name": None, "factory": "mine:make", "arguments.width": 2}
    assert set(published.obstacles(**asked)) == {
        Obstacle("layer features.29, not avgpool", "vgg16"),
        Obstacle("weights random, seed 0, not IMAGENET1K_V1", "resnet18"),
        Obstacle("name none, not resnet18", "resnet18"),
        Obstacle("factory mine:make, not none", "resnet18"),
        Obstacle("arguments.width 2, not none", "resnet18"),
    }
    asked["preset"]["networks"] = {}
    assert set(published.obstacles(**asked)) == {
        Obstacle("the paper's preset has no such network", name) for name in NETWORKS
    }


def test_other_images(asked, theirs):
    few = ours(theirs, images=20)
    asked["summary"] = pl.concat([asked["summary"].filter(network="vgg16"), few.filter(network="resnet18")])
    asked["ours"]["run"]["dataset.images"] = None
    assert published.obstacles(**asked) == [Obstacle("20 images, not 50,000", "resnet18")]


def test_a_sample_of_the_papers_images_is_no_obstacle(asked, theirs):
    asked["summary"] = ours(theirs, images=2000)
    sample = {"images": 2000, "of": 50_000, "seed": 0, "stratify": "none", "fewest": None}
    assert published.obstacles(**asked, sample=sample) == []
    other = Obstacle("a sample of 5,000 images, not of 50,000")
    assert published.obstacles(**asked, sample=sample | {"of": 5000}) == [other]
    assert len(published.obstacles(**asked)) == 2


def test_drawn_points_are_no_obstacle(asked):
    asked["ours"]["run"]["curves.points"] = 8
    assert published.obstacles(**asked) == []


def test_other_methods(asked):
    asked["ours"]["methods"]["Score-CAM"] |= {"variant": "wang2020"}
    asked["ours"]["methods"]["Grad-CAM"] |= {"cam": "hirescam"}
    asked["ours"]["methods"]["My-CAM"] = {"cam": "cam"}
    assert set(published.obstacles(**asked)) == {
        Obstacle("variant wang2020, not poppi2021", method="Score-CAM"),
        Obstacle("cam hirescam, not gradcam", method="Grad-CAM"),
        Obstacle("the paper's preset has no such method", method="My-CAM"),
    }


def test_digests_are_those_of_torchvisions_files():
    import torchvision

    table = published.read_weights(REFERENCE / "weights.csv")
    assert len(table) == 6
    for name, digest in table.items():
        weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
        assert weights.url.endswith(f"{name}-{digest}.pth")


def test_the_published_adcc_is_that_of_the_means():
    """To within 0.044 points, as reference/README.md says."""
    table = published.read(REFERENCE / "published.csv")
    terms = [table["coherency"], 100 - table["complexity"], 100 - table["average_drop"]]
    harmonic = 3 / sum(1 / term for term in terms)
    assert len(table) == 30
    assert (harmonic - table["adcc"]).abs().max() < 0.044
