"""How many images a precision takes: deviations against resampling, Stein's rule against its promise."""

import frames
import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results import precision
from cambench.results.bootstrap import Bootstrap, resample, standard_error
from cambench.results.columns import COLUMNS, METRICS
from cambench.store import tables


def values(images=400, seed=0):
    """Metrics that hang together, as those of a method do."""
    rng = np.random.default_rng(seed)
    drop = rng.beta(1, 2, images)
    found = {name: rng.random(images) for name in COLUMNS}
    return found | {"average_drop": drop, "coherency": 1 - drop**2, "complexity": 0.6 * rng.beta(2, 2, images)}


def adcc(found):
    """The harmonic mean of the three means, written out."""
    means = [found["coherency"].mean(), 1 - found["complexity"].mean(), 1 - found["average_drop"].mean()]
    return stats.hmean(means)


def test_deviations_of_plain_means():
    found, given = precision.deviations(values()), values()
    assert list(found) == list(METRICS)
    assert found["deletion"] == pytest.approx(given["deletion"].std(ddof=1))
    assert found["adcc_per_image"] == pytest.approx(given["adcc"].std(ddof=1))


def test_the_deviation_of_the_adcc_of_the_means_is_the_jackknifes():
    given = values()
    kept = [{name: np.delete(column, left_out) for name, column in given.items()} for left_out in range(400)]
    pseudo = 400 * adcc(given) - 399 * np.array([adcc(part) for part in kept])
    assert precision.deviations(given)["adcc"] == pytest.approx(pseudo.std(ddof=1), rel=1e-3)


def test_deviations_give_the_bootstraps_standard_errors():
    frame = pl.DataFrame({"network": "net", "method": "a", "image": np.arange(400), **values()})
    drawn = resample(frame, ["net"], ["a"], Bootstrap(4000, 0.95, 0))["net"].samples
    for name, sd in precision.deviations(values()).items():
        assert sd / 20 == pytest.approx(standard_error(drawn[name], 400)[0], rel=0.05), name


def test_what_is_not_known_has_no_deviation():
    given = values() | {"coherency": np.full(400, np.nan), "adcc": np.full(400, np.nan)}
    found = precision.deviations(given)
    assert np.isnan([found["coherency"], found["adcc"], found["adcc_per_image"]]).all()
    assert np.isfinite(found["complexity"])
    assert "adcc" not in precision.deviations({"deletion": given["deletion"]})
    assert np.isnan(precision.deviations({"deletion": np.zeros(1)})["deletion"])
    assert precision.deviations(values() | {"coherency": np.zeros(400)})["adcc"] == 0


def test_images_by_hand():
    """(2.26216 x 10 / 0.5)^2 = 2,046.9 with the t of ten images; never fewer than the pilot's."""
    assert precision.images_for(0.1, 0.005, 10, 0.95) == 2047
    assert precision.images_for(0.1, 0.005, 200, 0.95) == 1556  # t 1.97196
    assert precision.images_for(0.001, 0.005, 200, 0.95) == 200
    assert precision.images_for(float("nan"), 0.005, 200, 0.95) == 200


@pytest.mark.parametrize(("half_width", "pilot", "images"), [(0.005, 200, 736), (0.01, 200, 368), (0.01, 400, 400)])
def test_a_pilot_whose_images_are_alike(half_width, pilot, images):
    """If a share of 0.5 % were others, 736 images would have none of them with a probability of 2.5 %."""
    alike = precision.deviations({"average_increase": np.full(pilot, 0.1)})["average_increase"]
    assert precision.images_for(alike, half_width, pilot, 0.95) == images
    assert precision.images_for(0, 1.5, pilot, 0.95) == pilot
    assert precision.images_for(alike, 2 * half_width, pilot, 0.95, span=2) == images
    assert precision.images_for(alike, half_width, pilot, 0.95, span=np.inf) == pilot
    if images > pilot:
        assert (1 - half_width) ** images <= 0.025 < (1 - half_width) ** (images - 1)


@pytest.mark.parametrize("pilot", [5, 20])
def test_two_stages_keep_steins_promise(pilot):
    """Of 4,000 runs with 95 %, at least 95 % have a mean within the half-width, whatever the pilot's deviation was."""
    rng = np.random.default_rng(pilot)
    first = rng.normal(size=(4000, pilot))
    images = np.array([precision.images_for(row.std(ddof=1), 0.2, pilot, 0.95) for row in first])
    rest = rng.normal(size=4000) * np.sqrt(images - pilot)  # the sum of the images of the second stage
    means = (first.sum(1) + rest) / images
    assert 0.94 < (np.abs(means) <= 0.2).mean() < 0.965
    assert images.mean() == pytest.approx((stats.t.isf(0.025, pilot - 1) / 0.2) ** 2, rel=0.05)


@pytest.fixture(scope="module")
def frame():
    return pl.concat([frames.random(images=50), frames.random(images=50, network="other")])


def test_what_each_cell_needs(frame):
    table = precision.needed(frame, 0.95)
    assert table.columns == ["network", "method", "metric", "pilot", "sd", "images_0.25", "images_0.5", "images_1"]
    assert len(table) == 2 * 2 * len(METRICS)
    row = table.filter(network="net", method="b", metric="deletion").row(0, named=True)
    sd = 100 * frame.filter(network="net", method="b")["deletion"].std()
    assert (row["pilot"], row["sd"]) == (50, pytest.approx(sd))
    assert row["images_0.5"] == np.ceil((stats.t.isf(0.025, 49) * sd / 0.5) ** 2)
    assert row["images_0.25"] == pytest.approx(4 * row["images_0.5"], abs=4)


def test_unknown_metrics_need_nothing(frame):
    table = precision.needed(frames.unknown(frame, "a", "coherency", "adcc").drop("deletion"), 0.95)
    assert set(table.filter(method="a")["metric"]) == set(METRICS) - {"coherency", "adcc", "adcc_per_image", "deletion"}


def test_what_a_terminal_shows(frame):
    wide = frame.with_columns(pl.when(network="other").then(pl.col("deletion").round()).otherwise("deletion"))
    table = precision.needed(wide, 0.95)
    costs = precision.Costs(20_000, lambda images: 2 + images / 1000)
    lines = precision.text(table, costs, confidence=0.95).splitlines()
    assert lines[0].startswith("Images for 95 % intervals of ±0.25, 0.5 and 1 point")
    assert "from 50 images" in lines[0]
    assert lines[1].replace(" ", "") == "|metric|method|network|sd|±0.25|±0.5|±1|"
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[3:]]
    assert [row[:2] for row in cells] == [[metric, method] for metric in METRICS for method in ("a", "b")]
    worst = next(row for row in cells if row[:2] == ["deletion", "a"])
    found = table.filter(network="other", method="a", metric="deletion").row(0, named=True)
    assert worst[2:4] == ["other", f"{found['sd']:.1f}"]
    assert worst[4] == "more than 20,000"
    assert worst[6] == f"{found['images_1']:,} ({2 + found['images_1'] / 1000:.1f} h)"


COSTS = precision.Costs(9000, lambda images: images / 1000)
MADE = {f"net {name}": {"metrics": f"now {name}"} for name in ("a", "b")}


@pytest.fixture
def put(tmp_path, frame):
    """Writes a table of the first images of a method, and gives them."""

    def function(folder, method, images, settings, *left_out, network="net"):
        path = tmp_path / folder / network / f"{method}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = frame.filter(network=network, method=method).head(images).drop(left_out)
        tables.write(path, part, settings)
        return part

    return function


def said(results, made=MADE):
    return precision.of_run(results, made, COSTS, 0.95)


def expected(*parts):
    return precision.text(pl.concat([precision.needed(part, 0.95) for part in parts]), COSTS, 0.95)


def test_without_tables_it_says_how_to_make_a_pilot(tmp_path):
    said = precision.of_run(tmp_path, MADE, COSTS, 0.95)
    assert said.endswith('run with your --configfile and --config dataset="{sample: {images: 200}}"')
    said = precision.of_run(tmp_path, MADE, COSTS, 0.95, pilot=True)
    assert said.endswith("run with your --configfile and --until sample_size")


def test_the_images_of_a_run_or_those_of_its_pilot(tmp_path, put):
    pilot = [put("pilot/metrics", method, 20, f"now {method}") for method in ("a", "b")]
    assert said(tmp_path) == expected(*pilot)
    assert "from 20 images;" in said(tmp_path)
    whole = put("metrics", "a", 50, "now a")
    assert said(tmp_path) == expected(whole, pilot[1])
    assert "from 20 to 50 images;" in said(tmp_path)


def test_tables_that_are_not_this_runs_are_passed_over(tmp_path, put):
    """Of other settings, of a network that left the configuration, damaged; and curves may have left it."""
    put("pilot/metrics", "a", 30, "now a", network="other")
    put("metrics", "a", 50, "before")
    put("pilot/metrics", "b", 20, "before")
    assert "after a pilot" in said(tmp_path)
    pilot = put("pilot/metrics", "a", 20, "now a", "deletion", "insertion")
    assert said(tmp_path) == expected(pilot)
    other = put("pilot/metrics", "b", 20, "now b")
    assert said(tmp_path) == expected(pilot, other)
    (tmp_path / "pilot/metrics/net/b.parquet").write_bytes(b"no table")
    assert said(tmp_path) == expected(pilot)
