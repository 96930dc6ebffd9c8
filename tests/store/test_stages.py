"""The records of the stages agree with each other."""

import math

import pytest

from cambench.store.stages import FURTHER, STAGES, STORES, Variable

DIMS = {"image", "y", "x", "channel", "step", "share", "cell", "subset", "place", "copy"}


@pytest.mark.parametrize("stage", STAGES.values(), ids=list(STAGES))
def test_a_stage_reads_what_an_earlier_one_writes(stage):
    earlier = list(STAGES)[: list(STAGES).index(stage.name)]
    for name in stage.reads:
        source, variable = name.split(".")
        assert source in earlier
        assert variable in STAGES[source].writes
        # What is per image is read by all, and what is per network by its methods; never the other way round.
        assert source == "images" or set(STAGES[source].per) <= set(stage.per)
    assert len(set(stage.reads)) == len(stage.reads)


@pytest.mark.parametrize("stage", STAGES.values(), ids=list(STAGES))
def test_records(stage):
    assert STAGES[stage.name] is stage
    assert stage.per in (("preprocessing",), ("network",), ("network", "method"))
    assert not stage.runs_network or "images.pixels" in stage.reads
    assert not stage.runs_network or "network" in stage.per
    for variable in stage.writes.values():
        assert variable.dims[0] == "image"
        assert set(variable.dims) <= DIMS


def test_every_store_is_read_and_every_variable_but_what_is_for_people():
    read = {name for stage in STAGES.values() for name in stage.reads}
    written = {f"{stage.name}.{name}" for stage in STAGES.values() for name in stage.writes}
    assert read <= written
    for_people = {"predictions.label_probability", "channel_scores.passes", "other_class.other"}
    assert written - read == for_people | {"other_class.condition", "random_weights.condition"}
    assert ("images", "predictions", "channel_scores", "saliency", "masked", "curves", *FURTHER) == STORES


def test_stages_that_a_run_may_lack_are_read_by_metrics_alone():
    for stage in STAGES.values():
        sources = {name.partition(".")[0] for name in stage.reads}
        assert stage.name == "metrics" or not sources & set(FURTHER)
        assert not stage.repeats or stage.further


def test_a_missing_number_is_told_from_data():
    assert math.isnan(Variable("float32", ("image",)).fill)
    assert Variable("int64", ("image",)).fill == -1
    assert Variable("uint8", ("image",)).fill == 0
