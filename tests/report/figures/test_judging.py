"""The heat map of ranks: what stands in each cell, groups of metrics, blanks for what is not known."""

import frames
import numpy as np
import polars as pl
import pytest

from cambench.report.figures import judging, style
from cambench.results.judging import ranks_by_criterion


def draw(compared, networks=frames.ONE, methods=frames.METHODS):
    return judging.draw(compared.ranks, ranks_by_criterion(compared.ranks), networks, methods)


def columns(axis):
    """Cells of the columns that have a heading, by heading."""
    cells = np.ma.filled(axis.images[0].get_array(), np.nan)
    headings = dict(zip(frames.texts(axis.get_xticklabels()), axis.get_xticks(), strict=True))
    return {heading: cells[:, int(place)] for heading, place in headings.items()}, cells


def test_metrics_stand_in_groups(both):
    axis = draw(both[1]).axes[0]
    found, cells = columns(axis)
    headings = list(found)
    assert headings[0] == "Average Drop ↓"
    assert headings[-3:] == ["ADCC ↑", "ARCC ↑", "Mean of criteria"]
    assert "ADCC per image ↑" not in headings
    gaps = [place for place in range(cells.shape[1]) if place not in axis.get_xticks()]
    assert np.isnan(cells[:, gaps]).all()
    groups = [text.get_text() for text in axis.texts if not text.get_text().replace(".", "").isdigit()]
    assert groups == ["faithfulness", "localisation", "complexity", "robustness", "sanity", "several", "overall"]
    assert len(gaps) == len(groups) - 1 == len(axis.lines) - 1


def test_cells_are_ranks_and_the_best_stands_on_top(both):
    figure = draw(both[1], frames.NETWORKS)
    assert [axis.get_title("left").split(":")[0] for axis in figure.axes] == ["Net 1", "Other"]
    # By both networks together, good and bad are level, and stay in the configuration's order.
    assert frames.texts(figure.axes[0].get_yticklabels()) == ["Good", "Fair", "Fair, too", "Bad"]
    np.testing.assert_array_equal(columns(figure.axes[0])[0]["Insertion ↑"], [1, 2.5, 2.5, 4])
    np.testing.assert_array_equal(columns(figure.axes[1])[0]["Insertion ↑"], [4, 2.5, 2.5, 1])
    alone = judging.draw(
        both[1].ranks.filter(network="other"),
        ranks_by_criterion(both[1].ranks.filter(network="other")),
        {"other": "Other"},
        frames.METHODS,
    ).axes[0]
    assert frames.texts(alone.get_yticklabels()) == ["Bad", "Fair", "Fair, too", "Good"]
    assert [text.get_text() for text in alone.texts].count("2.5") == 2 * len(columns(alone)[0])


def test_ranks_that_are_not_known_stay_blank(incomplete):
    found, _ = columns(draw(incomplete[1]).axes[0])
    assert np.isnan(found["Coherency ↑"]).sum() == np.isnan(found["ADCC ↑"]).sum() == 1
    assert np.isfinite(found["Mean of criteria"]).all()


@pytest.mark.parametrize("metric", ["insertion", "adcc"])
def test_one_method_and_one_metric(metric, tmp_path):
    """From files, which are read as they are."""
    compared = frames.measured(frames.levels(1), methods={"good": "Good"})[1]
    ranks = compared.ranks.filter(metric=metric)
    ranks.write_csv(tmp_path / "ranks.csv")
    ranks_by_criterion(ranks).write_csv(tmp_path / "criteria.csv")
    read = (pl.read_csv(tmp_path / name) for name in ("ranks.csv", "criteria.csv"))
    figure = judging.draw(*read, frames.ONE, {"good": "Good"})
    style.save(figure, tmp_path / "judging.svg", tmp_path / "judging.pdf")
    assert "<text" in (tmp_path / "judging.svg").read_text()
    cells = columns(figure.axes[0])[0]
    assert next(iter(cells.values())).tolist() == [1]


def test_nothing_is_known():
    compared = frames.measured(frames.levels(), methods={"good": "Good"})[1]
    ranks = compared.ranks.with_columns(pl.lit(None, pl.String).alias("rank"))
    axis = judging.draw(ranks, ranks_by_criterion(ranks), frames.ONE, {"good": "Good"}).axes[0]
    assert np.isnan(columns(axis)[1]).all()
