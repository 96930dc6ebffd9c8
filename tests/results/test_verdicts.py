"""Verdicts by intervals: cells computed by hand, and how often intervals hold in samples of a finite set."""

import numpy as np
import polars as pl
import pytest
from scipy import stats

from cambench.results import verdicts
from cambench.results.verdicts import Basis

SAMPLE = Basis(0.95, 50_000)
T = 1.96115  # Student's t at 0.975, 1,999 degrees of freedom


def cell(published, error=1.0, metric="adcc", images=2000, ours=50.0, rounding=0.005):
    row = {"metric": metric, "images": images, "published": published, "rounding": rounding}
    return pl.DataFrame({**row, "ours": ours, "error": error})


def judged(basis=SAMPLE, *cells):
    return verdicts.judge(pl.concat(cells), basis)


def one(basis, **given):
    return judged(basis, cell(**given)).row(0, named=True)


def test_a_number_outside_the_interval_differs():
    """Half-width: 1.96115 x 1 point x sqrt(1 - 2,000 / 50,000) = 1.9215."""
    row = one(SAMPLE, published=47.0)
    half = T * 0.96**0.5
    assert (row["low"], row["high"]) == pytest.approx((50 - half, 50 + half), abs=1e-4)
    assert row["least"] == pytest.approx(48.0785 - 47.005, abs=1e-3)
    assert row["most"] == pytest.approx(51.9215 - 46.995, abs=1e-3)
    assert (row["verdict"], row["said"]) == ("differs", "differs by 1.1 to 4.9 points")
    assert (row["distance"], row["more_images"]) == ("beyond", None)
    above = one(SAMPLE, published=53.0)
    assert (above["least"], above["most"]) == pytest.approx((row["least"], row["most"]))


def test_a_number_inside_a_narrow_interval_is_consistent():
    row = one(SAMPLE, published=50.4, error=0.25)  # half-width 0.4804
    assert (row["verdict"], row["said"]) == ("consistent", "consistent")
    assert (row["least"], row["most"], row["more_images"]) == (None, None, None)
    assert row["distance"] == "within 0.5"


def test_a_number_inside_a_wide_interval_is_not_decided():
    """t s = 1.96115 x sqrt(2,000) = 87.7053; 1 / n = (0.5 / 87.7053)^2 + 1 / 50,000 gives n = 19,047.5."""
    row = one(SAMPLE, published=51.0)
    assert (row["verdict"], row["more_images"]) == ("not decided", 19_048 - 2000)
    assert row["said"] == "not decided: 17,048 more images needed"
    n = 19_048
    assert T * 2000**0.5 * (1 / n - 1 / 50_000) ** 0.5 == pytest.approx(0.5, abs=1e-4)


def test_rounding_counts_for_the_published_number():
    """All images: the interval has no width, and what rounds to the published number is consistent with it."""
    said = {
        ours: one(Basis(0.95), published=53.42, ours=ours, images=50_000)["said"]
        for ours in (53.4151, 53.4249, 53.4299, 53.9)
    }
    assert list(said.values()) == [
        "consistent",
        "consistent",
        "differs by 0.00 to 0.01 points",
        "differs by 0.47 to 0.48 points",
    ]
    assert one(Basis(0.95), published=53.4, ours=53.44, images=50_000, rounding=0.05)["verdict"] == "consistent"
    touching = one(Basis(0.95), published=53.42, ours=53.425, images=50_000)
    assert touching["verdict"] == "consistent"


def test_the_confidence_is_that_of_all_cells_together():
    few = judged(SAMPLE, *[cell(50.0)] * 10)
    assert few["high"].to_numpy() == pytest.approx(50 + stats.t.isf(0.0025, 1999) * 0.96**0.5)


def test_curves_of_drawn_points_have_no_factor():
    """Noise of the draws stays if all images are in; then more images can't be had."""
    noisy = verdicts.basis({"curves.points": 8}, {"of": 50_000}, 0.95)
    assert noisy == Basis(0.95, 50_000, ("deletion", "insertion"))
    row = one(noisy, published=51.0, metric="deletion")
    assert row["high"] == pytest.approx(50 + T, abs=1e-4)
    assert row["more_images"] == 30_769 - 2000  # (87.705 / 0.5)^2
    assert one(noisy, published=51.0)["high"] == pytest.approx(50 + T * 0.96**0.5, abs=1e-4)
    whole = verdicts.basis({"curves.points": 8}, None, 0.95)
    row = one(whole, published=51.0, metric="insertion", images=50_000)
    assert (row["verdict"], row["more_images"]) == ("not decided", 0)
    assert row["said"] == "not decided, and there are no more images"
    assert verdicts.basis({"curves.points": "all"}, None, 0.95).noisy == ()


def test_never_more_images_than_the_set_has():
    row = one(verdicts.basis({"curves.points": 8}, {"of": 3000}, 0.95), published=51.0, metric="deletion")
    assert row["more_images"] == 1000
    assert one(Basis(0.95, 2001), published=50.0, error=60.0)["said"] == "not decided: 1 more image needed"


def test_images_that_are_all_alike_prove_nothing_of_the_others():
    """Of 2,000 alike 0.184 % of all may be other with a probability of (1 - 0.00184)^2,000 = 0.025."""
    row = one(SAMPLE, published=50.3, error=0.0)
    assert (row["high"], row["verdict"]) == (pytest.approx(50.184, abs=1e-3), "differs")
    row = one(SAMPLE, published=50.3, error=0.0, images=500)
    assert (row["high"], row["verdict"]) == (pytest.approx(50.735, abs=1e-3), "not decided")
    assert row["more_images"] == 736 - 500  # ln(0.025) / ln(0.995) = 735.9
    assert one(Basis(0.95), published=50.3, error=0.0)["verdict"] == "differs"


def test_no_cells_no_verdicts():
    assert len(verdicts.judge(cell(1.0).clear(), SAMPLE)) == 0


@pytest.mark.parametrize("images", [100, 300, 390])
def test_the_factor_holds_in_samples_of_a_finite_set(images):
    """4,000 samples of 400 skewed values: the interval holds the set's mean in 95 % of them, and no wider one would."""
    rng = np.random.default_rng(images)
    values = 100 * rng.beta(2, 5, 400)
    drawn = np.stack([rng.permutation(values)[:images] for _ in range(4000)])
    errors = drawn.std(1, ddof=1) / images**0.5
    alone = {"metric": "adcc", "images": images, "published": values.mean(), "rounding": 0.0}
    rows = pl.DataFrame({**alone, "ours": drawn.mean(1), "error": errors})
    confidence = 1 - 0.05 * len(rows)  # undoes the correction, because each of the samples is alone
    found = verdicts.judge(rows, Basis(confidence, 400))
    assert (found["verdict"] == "differs").mean() == pytest.approx(0.05, abs=0.012)  # 3.5 standard errors
    assert errors.mean() * (1 - images / 400) ** 0.5 == pytest.approx(drawn.mean(1).std(), rel=0.05)
