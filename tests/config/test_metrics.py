"""Which metrics a configuration has, and what is wrong with them in one line per error."""

# ruff: noqa: E501 (tables of expected lines)

import numpy as np
import pytest
import yaml
from conftest import ROOT

from cambench import metrics
from cambench.config.metrics import _TAKEN, columns
from cambench.config.read import resolve

MINE = """
from cambench.metrics import Column

COLUMN = Column("{column}", "{title}", higher_is_better=True)
NEEDS = {needs}


def measure(seen):
    return seen.probability
"""


@pytest.fixture
def mine(tmp_path):
    """The path of a metric of the user's own: `mine(column, needs, title)`."""

    def write(column="mine", needs=(), title="Mine"):
        file = tmp_path / f"{column}_{len(list(tmp_path.iterdir()))}.py"
        file.write_text(MINE.format(column=column, needs=needs, title=title))
        return str(file)

    return write


def test_those_of_a_run_that_does_not_choose(good):
    assert resolve(good, [])[0]["metrics"] == list(metrics.DEFAULT)
    good["curves"] = {"enabled": False}
    full, errors = resolve(good, [])
    assert errors == []
    assert set(metrics.DEFAULT) - set(full["metrics"]) == {"deletion", "insertion"}


def test_what_the_figures_are_about_is_always_there(changed, mine):
    path = mine()
    full, errors = resolve(changed("metrics", ["entropy", path]), [])
    assert errors == []
    assert full["metrics"] == ["entropy", path, *metrics.ALWAYS]
    parts = ["average_drop", "average_increase", "coherency", "complexity"]
    assert columns(full) == [*parts, "adcc", "entropy", "mine", "adcc_per_image"]
    assert resolve(full, [])[0]["metrics"] == full["metrics"]  # the recorded configuration is one


def test_null_takes_a_choice_away(changed):
    assert resolve(changed("metrics", {}) | {"metrics": None}, [])[0]["metrics"] == list(metrics.DEFAULT)


@pytest.mark.parametrize(
    ("chosen", "curves", "line"),
    [
        ([], {}, "config: metrics: [] should be non-empty"),
        ("adcc", {}, "config: metrics: 'adcc' is not of type 'array'"),
        (["adcc", "adcc"], {}, "config: metrics: ['adcc', 'adcc'] has non-unique elements"),
        (["sparsness"], {}, "config: metrics: no metric 'sparsness'; did you mean 'sparseness'?"),
        (["deletion"], {"enabled": False}, "config: metrics: deletion needs curves, which curves.enabled: false leaves out"),
        (["srg"], {}, "config: metrics: srg needs curves between the same two inputs: set curves.insertion: {start: zero, end: image}"),
        (["srg"], {"insertion": {"start": "zero", "end": "blur"}}, "config: metrics: srg needs curves between the same two inputs: set curves.insertion: {start: zero, end: image}"),
        (["srg"], {"deletion": {"start": "zero", "end": "image"}, "insertion": {"start": "image", "end": "zero"}}, "config: metrics: srg needs deletion that starts from the image: set curves.deletion: {start: image, end: zero}"),
        (["srg"], {"deletion": {"end": "black"}, "insertion": {"start": "zero"}}, "config: metrics: srg needs curves between the same two inputs: set curves.insertion: {start: black, end: image}"),
        (["deletion_correlation"], {"points": 2}, "config: metrics: deletion_correlation needs whole curves: set curves.points: all, not 2"),
        (["gone.py"], {}, "config: metrics: gone.py: no such file or folder"),
        (["mine:measure"], {}, "config: metrics: mine:measure: write the path of a Python file, such as my_folder/mine.py"),
    ],
)  # fmt: skip
def test_one_line_per_error(good, chosen, curves, line):
    found = resolve(good | {"metrics": chosen, "curves": {"pixels_per_step": 256, **curves}}, [])[1]
    assert [error for error in found if error.startswith("config: metrics")] == [line]


def test_curves_that_go_with_every_metric(good):
    mirrored = {"insertion": {"start": "zero"}, "pixels_per_step": 256}
    good["dataset"]["boxes"] = good["dataset"]["path"]
    full, errors = resolve(good | {"metrics": metrics.names(), "curves": mirrored}, [])
    assert errors == []
    assert columns(full)[:-1] == metrics.in_order(metrics.names())


def test_boxes_choose_the_metrics_that_need_them(good, tmp_path):
    located = {name for name in metrics.names() if metrics.facts(name).column.criterion == "localisation"}
    good["dataset"]["boxes"] = str(tmp_path)
    full, errors = resolve(good, [])
    assert errors == []
    assert full["metrics"][: len(metrics.DEFAULT)] == list(metrics.DEFAULT)
    assert set(full["metrics"]) == {*metrics.DEFAULT, *located} - {metrics.OF_MOSAICS}
    good["metrics"] = ["adcc"]
    assert located.isdisjoint(resolve(good, [])[0]["metrics"])


def test_boxes_that_are_refused(good, tmp_path):
    def said(place, **sample):
        dataset = {**good["dataset"], **({"boxes": place} if place else {}), **({"sample": sample} if sample else {})}
        return resolve(good | {"dataset": dataset, "metrics": ["pointing_game"]}, [])[1]

    (tmp_path / "boxes.txt").touch()
    text = str(tmp_path / "boxes.txt")
    line = "pointing_game needs to know where objects are: give dataset.boxes or dataset.masks"
    assert said(None) == [f"config: metrics: {line}"]
    assert said("gone.csv") == ["config: dataset.boxes: gone.csv: no such file or folder"]
    assert said(text) == [f"config: dataset.boxes: {text} is neither a folder of XML files nor a .json or .csv file"]
    line = "dataset.boxes does not go with dataset.sample.half_width, whose pilot knows no boxes; give sample.images"
    assert said(str(tmp_path), half_width=1, pilot=2) == [f"config: {line}"]


def test_masks_in_place_of_boxes(good, tmp_path):
    def said(**given):
        return resolve(good | {"dataset": {**good["dataset"], **given}}, [])

    (tmp_path / "masks.png").touch()
    full, errors = said(masks=str(tmp_path))
    assert errors == []
    assert {"pointing_game", "iou", "average_precision"} <= set(full["metrics"])
    file = str(tmp_path / "masks.png")
    assert said(masks=file)[1] == [f"config: dataset.masks: {file} is no folder"]
    assert said(masks="gone")[1] == ["config: dataset.masks: gone: no such file or folder"]
    both = said(masks=str(tmp_path), boxes=str(tmp_path))[1]
    assert both == ["config: dataset.boxes does not go with dataset.masks; give one of them"]
    line = "dataset.masks does not go with dataset.sample.half_width, whose pilot knows no masks; give sample.images"
    assert said(masks=str(tmp_path), sample={"half_width": 1, "pilot": 2})[1] == [f"config: {line}"]


def test_own_metrics_that_are_refused(changed, mine):
    def said(*paths):
        return resolve(changed("metrics", list(paths)), [])[1]

    twice = [mine(), mine()]
    also = "config: metrics: {}: its column has the {}, which is also that of {}; rename one"
    assert said(*twice) == [also.format(twice[1], "name mine", twice[0])]
    path = mine("entropy", title="Surprise")  # tables know that of this package, chosen or not
    assert said(path) == [also.format(path, "name entropy", "entropy")]
    path = mine(title="ADCC")
    assert said(path) == [also.format(path, "title ADCC", "adcc")]
    for column in ("adcc_se", "passes", "label"):
        path = mine(column)
        assert said(path) == [f"config: metrics: {path}: its column {column} has a name of the tables' own; rename it"]
    path = mine("odd", ("saliency.gone", "metrics.entropy"))
    assert said(path) == [
        f"config: metrics: {path} needs 'saliency.gone', which no run makes",
        f"config: metrics: {path} needs entropy, which is not among the metrics; add it",
    ]
    assert said(path, "entropy") == [f"config: metrics: {path} needs 'saliency.gone', which no run makes"]
    path = mine("whole", ("curves.whole", "masked.raw", "saliency.mask"))
    assert said(path) == []


def test_no_metric_has_a_name_of_the_tables_own(small_finished):
    """Columns of the tables of images and of means, but for the metrics."""
    import polars as pl

    known = {*metrics.names(), "adcc_per_image"}
    for name in ("metrics.parquet", "tables/summary.parquet"):
        others = {column for column in pl.read_parquet(small_finished.results / name).columns if column not in known}
        ends = ("_low", "_high", "_se", "_passes")
        assert {column for column in others if not column.endswith(ends)} <= _TAKEN
    assert np.intersect1d(sorted(_TAKEN), sorted(known)).size == 0


def test_the_configurations_that_come_along_choose_nothing_else():
    for file in (ROOT / "config").glob("*.yaml"):
        config = yaml.safe_load(file.read_text())
        if "metrics" not in config:
            assert resolve(config, [], look=False)[0]["metrics"] == list(metrics.DEFAULT)
