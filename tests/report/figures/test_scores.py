"""Figures of scores: names in the order of ADCC, points and bars where they belong, gaps for unknown values."""

import frames
import numpy as np

from cambench.report.figures import scores


def drawn(axis):
    """Values and intervals of a panel, from the bottom up; an interval that is not drawn is empty."""
    bars = [np.reshape(segment, (-1, 2))[:, 0].tolist() for segment in axis.collections[0].get_segments()]
    return axis.lines[0].get_xdata(), bars


def test_adcc_has_a_row_of_panels_per_network(both):
    figure = scores.adcc(both[0], frames.NETWORKS, frames.METHODS)
    titles = ["ADCC ↑", "Average Drop ↓", "Coherency ↑", "Complexity ↓"]
    assert [axis.get_title() for axis in figure.axes] == titles * 2
    assert [axis.get_ylabel() for axis in figure.axes if axis.get_ylabel()] == ["Net 1", "Other"]
    assert frames.texts(figure.axes[1].get_yticklabels()) == [""] * 4


def test_methods_are_in_the_order_of_adcc(both):
    figure = scores.adcc(both[0], frames.NETWORKS, frames.METHODS)
    first, second = (frames.texts(figure.axes[place].get_yticklabels()) for place in (0, 4))
    assert (first[0], first[-1]) == ("Bad", "Good")  # the axis goes up: the best is on top
    assert (second[0], second[-1]) == ("Good", "Bad")
    for axis in (figure.axes[0], figure.axes[4]):
        assert list(drawn(axis)[0]) == sorted(drawn(axis)[0])


def test_points_are_means_and_bars_end_where_intervals_do(both):
    summary = both[0]
    figure = scores.adcc(summary, frames.NETWORKS, frames.METHODS)
    for axis, metric in zip(figure.axes[:4], ("adcc", "average_drop", "coherency", "complexity"), strict=True):
        table = summary.filter(network="net").sort("adcc")
        values, bars = drawn(axis)
        np.testing.assert_allclose(values, 100 * table[metric])
        np.testing.assert_allclose(bars, 100 * table[f"{metric}_low", f"{metric}_high"].to_numpy())


def test_adcc_that_is_not_known_is_named_and_not_drawn(incomplete):
    figure = scores.adcc(incomplete[0], frames.ONE, frames.METHODS)
    assert frames.texts(figure.axes[0].get_yticklabels())[0] == "Good"  # at the bottom
    values, bars = drawn(figure.axes[0])
    assert np.isnan(values).tolist() == [True, False, False, False]
    assert bars[0] == []
    assert all(len(bar) == 2 for bar in bars[1:])
    assert np.isfinite(drawn(figure.axes[1])[0]).all()  # its Average Drop is known


def test_fooled_ranks_methods_by_three_metrics(both):
    figure = scores.fooled(both[0], frames.NETWORKS, frames.METHODS, [])
    assert [axis.get_title() for axis in figure.axes] == ["Net 1", "Other"]
    axis = figure.axes[0]
    assert frames.texts(axis.get_xticklabels()) == ["Average\nDrop ↓", "Average\nIncrease ↑", "ADCC ↑"]
    assert axis.yaxis_inverted()  # 1, the best, on top
    lines = dict(zip(both[0].filter(network="net")["method"], axis.lines, strict=True))
    assert list(lines["good"].get_ydata()) == [1, 1, 1]
    assert list(lines["bad"].get_ydata()) == [4, 4, 4]
    ends = [(text.get_text(), text.get_position()[1]) for text in axis.texts]
    assert ends.count(("Good", 1)) == ends.count(("Bad", 4)) == 2
    assert list(figure.axes[1].lines[0].get_ydata()) == [4, 4, 4]


def test_equal_methods_share_a_rank_and_their_names_stand_apart(both):
    axis = scores.fooled(both[0], frames.NETWORKS, frames.METHODS, []).axes[0]
    lines = dict(zip(both[0].filter(network="net")["method"], axis.lines, strict=True))
    assert list(lines["fair"].get_ydata()) == list(lines["fair2"].get_ydata()) == [2.5, 2.5, 2.5]
    left = {text.get_text(): text.get_position()[1] for text in axis.texts if text.get_position()[0] < 0}
    assert left == {"Good": 1, "Fair": 2, "Fair, too": 3, "Bad": 4}


def test_trivial_methods_stand_out(both):
    axis = scores.fooled(both[0], frames.NETWORKS, frames.METHODS, ["bad"]).axes[0]
    bold = [line for line in axis.lines if line.get_linewidth() > 1]
    assert [list(line.get_ydata()) for line in bold] == [[4, 4, 4]]
    assert {text.get_text() for text in axis.texts if text.get_color() != "black"} == {"Bad"}
    plain = scores.fooled(both[0], frames.NETWORKS, frames.METHODS, []).axes[0]
    assert {line.get_linewidth() for line in plain.lines} == {1}


def test_fooled_leaves_out_what_is_not_known(incomplete):
    axis = scores.fooled(incomplete[0], frames.ONE, frames.METHODS, []).axes[0]
    assert "Good" not in {text.get_text() for text in axis.texts}
    assert len(axis.lines) == 3
    nothing = incomplete[0].filter(method="good")
    assert scores.fooled(nothing, frames.ONE, frames.METHODS, []).axes[0].lines[:] == []
