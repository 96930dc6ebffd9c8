"""Figures of differences and ranks: what stands in each cell, and blanks for what is not known."""

import frames
import numpy as np
import polars as pl
import pytest

from cambench.report.figures import comparison, style


def test_pairwise_shows_differences_both_ways(both):
    summary, compared = both
    figure = comparison.pairwise(compared.pairwise, frames.NETWORKS, frames.METHODS)
    assert [axis.get_title() for axis in figure.axes[:2]] == ["Net 1", "Other"]
    assert "row less column (points)" in figure.axes[2].get_ylabel()  # the colour bar's
    axis = figure.axes[0]
    assert frames.texts(axis.get_xticklabels()) == frames.texts(axis.get_yticklabels()) == list(frames.METHODS.values())
    adcc = 100 * summary.filter(network="net")["adcc"].to_numpy()
    np.testing.assert_allclose(axis.images[0].get_array(), adcc[:, None] - adcc, atol=1e-9)
    low, high = axis.images[0].get_clim()
    assert high == -low == pytest.approx(np.ptp(adcc))


def test_dots_stand_where_a_difference_is_more_than_chance(both):
    axis = comparison.pairwise(both[1].pairwise, frames.NETWORKS, frames.METHODS).axes[0]
    dots = {tuple(map(int, place)) for place in axis.lines[0].get_xydata()}
    assert dots == {(i, j) for i in range(4) for j in range(4)} - {(i, i) for i in range(4)} - {(1, 2), (2, 1)}


def test_differences_that_are_not_known_stay_blank(incomplete):
    axis = comparison.pairwise(incomplete[1].pairwise, frames.ONE, frames.METHODS).axes[0]
    values = np.ma.filled(axis.images[0].get_array(), np.nan)
    assert np.isnan(values[0, 1:]).all()
    assert np.isnan(values[1:, 0]).all()
    assert np.isfinite(values[1:, 1:]).all()
    assert 0 not in axis.lines[0].get_xydata()


def test_one_method_has_no_pairs(tmp_path):
    """Its file has no row, and is read as text."""
    compared = frames.measured(frames.levels(), methods={"good": "Good"})[1]
    compared.pairwise.write_csv(tmp_path / "pairwise.csv")
    figure = comparison.pairwise(pl.read_csv(tmp_path / "pairwise.csv"), frames.ONE, {"good": "Good"})
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), [[0]])
    ranked = comparison.ranks(compared.ranks, compared.kendall, frames.ONE, {"good": "Good"})
    style.save(ranked, tmp_path / "ranks.svg")


def test_ranks(both):
    figure = comparison.ranks(both[1].ranks, both[1].kendall, frames.NETWORKS, frames.METHODS)
    assert len(figure.axes) == 4
    left, right = figure.axes[:2]
    assert left.get_title().startswith("Net 1: rank (dark is last)")
    assert right.get_title() == "Kendall's tau between metrics"
    assert frames.texts(left.get_yticklabels()) == list(frames.METHODS.values())
    headings = frames.texts(left.get_xticklabels())
    assert headings[0] == "Average Drop ↓"
    assert headings == frames.texts(right.get_xticklabels()) == frames.texts(right.get_yticklabels())
    np.testing.assert_array_equal(left.images[0].get_array(), np.tile([[1], [2.5], [2.5], [4]], len(headings)))
    shares = np.reshape([text.get_text() for text in left.texts], (4, len(headings)))
    assert set(shares[0]) == {"100"}
    assert set(shares[1:].ravel()) == {""}
    np.testing.assert_allclose(right.images[0].get_array(), 1)  # every metric has the same order
    assert figure.axes[2].get_title().startswith("Other")
    assert figure.axes[2].images[0].get_array()[0, 0] == 4


def test_ranks_and_agreement_that_are_not_known_stay_blank(incomplete):
    compared = incomplete[1]
    unknown = compared.kendall.with_columns(
        pl.when(pl.col("other") == "insertion").then(None).otherwise("tau").alias("tau")
    )
    left, right = comparison.ranks(compared.ranks, unknown, frames.ONE, frames.METHODS).axes
    headings = frames.texts(left.get_xticklabels())
    ranks = np.ma.filled(left.images[0].get_array(), np.nan)
    assert np.isnan(ranks[0]).tolist() == [name in ("Coherency ↑", "ADCC ↑", "ADCC per image ↑") for name in headings]
    assert np.isfinite(ranks[1:]).all()
    tau = np.ma.filled(right.images[0].get_array(), np.nan)
    insertion = headings.index("Insertion ↑")
    assert np.isnan(tau[0, insertion])
    assert np.isnan(tau[insertion, 0])
    assert np.reshape([text.get_text() for text in right.texts], tau.shape)[0, insertion] == ""
