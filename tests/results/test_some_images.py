"""Metrics that were measured on some images alone: means, intervals, tests and agreement are of those."""

import frames
import numpy as np
import polars as pl
import pytest

from cambench.report.captions import _of_some
from cambench.results.bootstrap import measured, resample
from cambench.results.comparison import compare
from cambench.results.judging import Known
from cambench.results.judging_metrics import judge
from cambench.results.summary import summarise

NAME = "max_sensitivity"
ASKED = 12


def without(frame, condition, *metrics):
    """The frame without values of some metrics on some rows."""
    return frame.with_columns([pl.when(condition).then(np.nan).otherwise(pl.col(name)).alias(name) for name in metrics])


@pytest.fixture(scope="module")
def whole():
    return frames.random()


@pytest.fixture(scope="module")
def part(whole):
    return without(whole, pl.col("image") >= ASKED, NAME)


def resampled(frame, methods=("a", "b"), networks=("net",)):
    return resample(frame, networks, methods, frames.BOOTSTRAP)


def test_all_numbers_are_those_of_the_images_that_were_measured(whole, part):
    """As of a run that has no others; and numbers of other metrics stay what they are."""
    few = resampled(whole.filter(pl.col("image") < ASKED))["net"]
    found, before = resampled(part)["net"], resampled(whole)["net"]
    np.testing.assert_array_equal(found.means[NAME], few.means[NAME])
    np.testing.assert_array_equal(found.samples[NAME], few.samples[NAME])
    for name in set(found.means) - {NAME}:
        np.testing.assert_allclose(found.samples[name], before.samples[name], rtol=1e-12)
    assert (found.images, found.images_of(NAME), found.images_of("adcc"), few.fewer) == (30, ASKED, 30, {})


def test_intervals_and_tests_know_how_many_images_there_were(whole, part):
    few = resampled(whole.filter(pl.col("image") < ASKED))
    ends = [NAME, f"{NAME}_low", f"{NAME}_high", f"{NAME}_se"]
    table = summarise(part, resampled(part))
    assert table.select(ends).equals(summarise(whole.filter(pl.col("image") < ASKED), few).select(ends))
    assert table[f"{NAME}_images"].to_list() == [ASKED] * 2
    assert table["images"].to_list() == [30, 30]
    assert [name for name in table.columns if name.endswith("_images")] == [f"{NAME}_images"]
    (pairwise, ranks, _), (few_pairs, few_ranks, _) = compare(resampled(part)), compare(few)
    assert pairwise.filter(metric=NAME).equals(few_pairs.filter(metric=NAME))
    assert ranks.filter(metric=NAME).equals(few_ranks.filter(metric=NAME))


def test_agreement_with_other_metrics_is_known(part):
    table = compare(resampled(part)).kendall
    rows = table.filter((pl.col("metric") == NAME) | (pl.col("other") == NAME))
    assert rows["tau"].is_not_null().all()
    assert rows["low"].is_not_null().all()


def test_one_image_has_no_interval(whole):
    found = summarise(whole, resampled(without(whole, pl.col("image") > 0, NAME)))
    assert found[NAME].is_not_null().all()
    assert found[f"{NAME}_low"].is_null().all()


def test_networks_of_which_one_was_measured_on_all(whole, part):
    frame = pl.concat([part, whole.with_columns(network=pl.lit("other"))])
    table = summarise(frame, resampled(frame, networks=("net", "other")))
    assert table[f"{NAME}_images"].to_list() == [ASKED] * 2 + [30] * 2


def test_a_method_that_lacks_a_value_on_a_measured_image_has_no_mean(part):
    """Nothing is dropped: only images that no method was measured on are left out."""
    lacking = (pl.col("method") == "a") & (pl.col("image") == 3)
    found = resampled(without(part, lacking, NAME, "deletion"))["net"]
    for name in (NAME, "deletion"):
        assert np.isnan(found.means[name][0])
        assert np.isnan(found.samples[name][:, 0]).all()
        assert np.isfinite(found.means[name][1])
    assert found.fewer == {NAME: ASKED}


def test_a_method_without_any_value_leaves_the_others_theirs(part):
    """As maps that come from a file, and cannot be made again."""
    found = resampled(frames.unknown(part, "b", NAME))["net"]
    assert np.isnan(found.means[NAME]).tolist() == [False, True]
    assert found.images_of(NAME) == ASKED
    nobody = resampled(without(part, pl.lit(True), NAME))["net"]
    assert np.isnan(nobody.means[NAME]).all()
    assert nobody.fewer == {}


def test_which_images_were_measured():
    values = np.array([[[1, np.nan], [np.nan, np.nan]], [[np.nan, np.nan], [np.nan, np.nan]]])  # (2, methods, metrics)
    assert measured(values).tolist() == [[True, True], [False, True]]


def test_agreement_of_images_is_about_those(whole, part):
    levels = frames.levels()
    some = without(levels, pl.col("image") >= ASKED, NAME)
    few = levels.filter(pl.col("image") < ASKED)
    tables = [judge(of, frames.measured(of)[0], Known()).filter(metric=NAME) for of in (some, few)]
    assert tables[0].equals(tables[1])
    assert tables[0]["methods"].to_list() == [4]
    assert tables[0]["alpha"][0] > 0


def test_a_caption_says_it(whole, part):
    assert list(_of_some(part)) == ["Max-Sensitivity is of the first 12 images."]
    assert list(_of_some(whole)) == list(_of_some(whole.drop(NAME))) == []
    assert list(_of_some(without(part, pl.lit(True), NAME))) == []
