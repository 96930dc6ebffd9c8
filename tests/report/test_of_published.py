"""The published table's caption explains the signs that are there, the intervals, and why there is no verdict."""

import polars as pl

from cambench.report import of_published
from cambench.results.published import Obstacle
from cambench.results.verdicts import Basis

WHOLE, SAMPLE = Basis(0.95), Basis(0.95, 50_000)
NOISY = ("deletion", "insertion")


def compared(*verdicts, metric="adcc"):
    """A comparison with one row per verdict, of networks n0, n1, ..."""
    rows = [
        {
            **{"network": f"n{number}", "method": "Grad-CAM", "source": "s", "label": "gc", "metric": metric},
            "verdict": verdict,
        }
        for number, verdict in enumerate(verdicts)
    ]
    return pl.DataFrame(rows)


def ours(networks, images):
    flags = {"degenerate": 1, "nonfinite": 0, "ill_conditioned": 2}
    table = pl.DataFrame({"network": networks}, {"network": pl.String})
    return table.with_columns(method=pl.lit("gc"), images=images, **flags)


def said(table, obstacles=(), networks=("n0", "n1"), basis=WHOLE, images=50_000):
    titles = {"n0": "Net 0", "n1": "Net 1"}
    return of_published.caption(table, obstacles, titles, ours(networks, images), basis)


def test_signs_are_explained_where_there_are_any():
    text = said(compared("consistent", "differs"), [Obstacle("not of this run", "other")])
    assert "= consistent: the published value, with its rounding, lies in our interval, which reaches at most" in text
    assert "≠ differs: it lies outside, by the least to the greatest distance (points)." in text
    assert "?" not in text
    assert "not run" not in text
    assert "No verdict" not in text
    assert "Maps: 100,000; degenerate 2, nonfinite 0, ill-conditioned 4." in text
    assert "? not decided: it lies in our interval, which reaches beyond 0.5 points" in said(compared("not decided"))
    text = said(compared("not run"), networks=[])
    assert text == "Published / regenerated (difference), in percent and percentage points. – not run."


def test_intervals_of_a_sample():
    text = said(compared("consistent", "not decided", "no verdict"), basis=SAMPLE, images=2000)
    assert (
        "Intervals: Student's, 95 % for all 2 verdicts together (Bonferroni); for the whole set, of which 2,000 of"
        " 50,000 images were drawn at random: narrower by the factor sqrt(1 − n/N)."
    ) in text
    drawn = pl.concat([compared("differs", metric=metric) for metric in ("deletion", "adcc")])
    text = said(drawn, basis=Basis(0.95, 50_000, NOISY), images=2000)
    assert "by the factor sqrt(1 − n/N), but not for Deletion, which drawn points make noisy." in text


def test_intervals_of_the_whole_set():
    assert "All images of the set are in, so our values are exact but for rounding." in said(compared("differs"))
    drawn = pl.concat([compared("differs", metric=metric) for metric in ("deletion", "insertion", "adcc")])
    assert (
        "exact but for rounding, but for Deletion and Insertion, which drawn points make noisy (Student's, 95 % for"
        " all 3 verdicts together (Bonferroni))."
    ) in said(drawn, basis=Basis(0.95, None, NOISY))
    text = said(compared("differs", metric="deletion"), basis=Basis(0.95, None, NOISY))
    assert "Intervals: Student's, 95 % for all 1 verdicts together (Bonferroni); the points of the curves are" in text


def test_reasons_against_verdicts_are_said_once():
    obstacles = [Obstacle("20 images", "n0"), Obstacle("20 images", "n1"), Obstacle("target label, not predicted")]
    obstacles += [Obstacle("curves", metrics=NOISY), Obstacle("variant", method="Score-CAM")]
    text = said(compared("no verdict", "no verdict"), obstacles)
    assert "No verdict is given: Net 0, Net 1: 20 images; all: target label, not predicted." in text
    assert "Intervals" not in text
    text = said(compared("no verdict", "differs"), obstacles[:2])
    assert "No verdict is given: Net 0: 20 images." in text
    assert "≠" in text
    table = compared("no verdict", metric="deletion")
    assert "No verdict is given: Deletion, Insertion: curves." in said(table, [Obstacle("curves", metrics=NOISY)])


def test_rows_of_another_protocol_say_so():
    assert "No verdict is given: Grad-CAM: s has another protocol." in said(compared("other protocol"))
