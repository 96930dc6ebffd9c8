"""The verdict says what the tests allow, for every run, and nothing else."""

from dataclasses import replace

import frames
import pages
import polars as pl
import pytest

from cambench.report.contents.verdict import verdicts

METHODS = pages.methods(good="Good", fair="Fair", fair2="Fair, too", bad="Bad")


def of(frame, networks=frames.ONE, methods=METHODS, **others):
    return verdicts(pages.sources(frame, networks, methods, **others))


def text(found):
    return " ".join(sentence for one in found for sentence in one.said)


def doubts(found):
    return " ".join(sentence for one in found for sentence in one.doubts)


def test_a_leader():
    (found,) = of(frames.levels())
    assert found.network == "net"
    assert found.said[0].startswith("Good (80.")
    assert found.said[0].endswith("leads by ADCC: every other method is worse, by a real difference.")
    assert found.said[1].startswith(
        "5 of the 6 differences between two methods are real, that is, more than chance at 95 %"
    )
    assert found.said[2].startswith("The run has no control")
    assert len(found.said) == 3


def test_equal_leaders_are_told_apart_from_those_behind():
    (found,) = of(
        frames.levels().filter(pl.col("method") != "good"), methods={k: METHODS[k] for k in METHODS if k != "good"}
    )
    assert "is first by ADCC. Fair, too may be as good: the difference may be chance. Bad is worse" in found.said[0]


def test_where_all_are_equal_nobody_leads():
    frame = frames.levels().filter(pl.col("method").is_in(["fair", "fair2"]))
    (found,) = of(frame, methods={name: METHODS[name] for name in ("fair", "fair2")})
    assert found.said[0].startswith("No method leads by ADCC: Fair (")
    assert found.said[1] == "The one difference between two methods is not real: at 95 % it may be chance."


@pytest.mark.parametrize(
    ("control", "said"),
    [
        ("bad", "Every method beats every control (C) by a real difference."),
        ("fair2", "Good beats every control (C) by a real difference; of Fair and Bad that cannot be said."),
        ("good", "No method beats every control by a real difference: C, a control, has 80."),
        ("bad", "leads by ADCC, controls aside: every other method is worse, by a real difference."),
    ],
)
def test_controls(control, said):
    names = {name: ("centre" if name == control else name) for name in frames.LEVELS}
    titles = {names[name]: "C" if name == control else METHODS[name].title for name in frames.LEVELS}
    (found,) = of(pages.renamed(frames.levels(), **names), methods=pages.methods(**titles))
    assert said in text([found])
    assert ("Bad is worse than a control" in text([found])) == (control == "fair2")


def test_a_control_that_is_best_by_a_metric_is_told():
    frame = pages.renamed(frames.levels(), bad="fake")
    best = pl.when(pl.col("method") == "fake")
    frame = frame.with_columns(best.then(0.0).otherwise("average_drop").alias("average_drop"))
    frame = frame.with_columns(best.then(1.0).otherwise("average_increase").alias("average_increase"))
    (found,) = of(frame, methods=pages.methods(good="Good", fair="Fair", fair2="F", fake="Fake"))
    assert "A control is best by Average Drop and Average Increase: alone, they say little." in found.said


def test_one_image_says_nothing_of_others():
    (found,) = of(frames.levels(1))
    (said,) = found.said
    assert said.startswith("On one image Good (")
    assert said.endswith(") has the best ADCC. One image says nothing of others.")
    assert "1 image is few" in doubts([found])


def test_one_method_is_compared_with_nothing():
    (found,) = of(frames.levels().filter(method="good"), methods={"good": METHODS["good"]})
    assert found.said[0].endswith("is the only method, so there is nothing to compare its ADCC with.")
    assert len(found.said) == 1


def test_controls_alone():
    frame = pages.renamed(frames.levels(), good="fake", fair="random", fair2="centre").filter(pl.col("method") != "bad")
    (found,) = of(frame, methods=pages.methods(fake="F", random="R", centre="C"))
    assert found.said[0] == "All methods are controls: none of them explains anything."
    assert "beats" not in text([found])


def test_several_networks_get_a_sentence_on_top():
    found = of(pages.levels(networks=["net", "other"]), frames.NETWORKS)
    assert [one.network for one in found] == [None, "net", "other"]
    assert found[0].said == ("Good is first by ADCC, or not really behind, on all 2 networks.",)


def test_leaders_of_different_networks_are_not_said_to_share_one():
    other = pages.renamed(frames.levels(network="other"), good="bad", bad="good")
    found = of(pl.concat([frames.levels(), other]), frames.NETWORKS)
    assert found[0].said == ("Good and Bad are each first by ADCC, or not really behind, on 1 of the 2 networks.",)


def test_what_to_doubt():
    facts = {"net": {**pages.NETWORK, "random": True}}
    caption = replace(
        pages.CAPTION,
        rejected=3,
        precision="tf32",
        effect={"adcc": 0.02, "deletion": 0.4},
        sample={"images": 60, "of": 50_000, "seed": 0, "stratify": None, "fewest": None},
    )
    frame = frames.levels().with_columns(degenerate=(pl.col("method") == "bad") & (pl.col("image") < 3))
    said = doubts(of(frame, facts=facts, caption=caption))
    assert "The weights are random" in said
    assert "a random sample: 60 of 50,000." in said
    assert "3 files could not be used" in said
    assert "Maps that are degenerate (constant, or constant once the image is masked): Bad 3 of 60." in said
    assert "tf32 moved a method's mean by up to 0.4 points" in said
    assert "The images have no labels" in said
    assert "few" not in said


def test_a_low_top1_is_doubted_and_labels_off_by_one_are_told():
    titles = pages.methods(a="A", b="B")
    frame = frames.random(images=40)
    assert "Top-1" not in doubts(of(frame, methods=titles))
    wrong = frame.with_columns(correct=(pl.col("image") < 12).cast(pl.Int64))
    assert "Top-1 is 30.0 %: most of these predictions are wrong." in doubts(of(wrong, methods=titles))
    shifted = frame.with_columns(predicted=pl.col("label") + 1, correct=0)
    assert "the labels look off by one" in doubts(of(shifted, methods=titles))


def test_a_method_without_adcc_is_named_and_none_at_all_says_so():
    frame = frames.unknown(frames.levels(), "fair", "coherency", "adcc")
    assert "ADCC is not known of Fair." in doubts(of(frame))
    nothing = frames.unknown(frames.levels().filter(method="good"), "good", *frames.COLUMNS)
    assert (
        text(of(nothing, methods={"good": METHODS["good"]}))
        == "No metric of any method is known, so nothing can be said."
    )
