"""Which stages a run has, and what their jobs read: a job that serves several labels changes nothing for others."""

import pytest

SCORECAM = {"cam": "scorecam"}
LOGIT = {"cam": "scorecam", "settings": {"score": "logit"}}
POPPI = {"cam": "scorecam", "settings": {"variant": "poppi2021"}}
GRADCAM = {"cam": "gradcam"}


@pytest.mark.parametrize(
    ("methods", "scored"),
    [
        ({"a": GRADCAM}, []),
        ({"a": LOGIT}, []),
        ({"a": SCORECAM}, ["a"]),
        ({"a": POPPI, "b": GRADCAM, "c": LOGIT, "d": SCORECAM}, ["a", "d"]),
    ],
)
def test_scores_of_channels_are_made_where_a_label_takes_them(planned, wildcards, methods, scored):
    plan = planned(methods=methods)
    assert plan.run.reading.scored == scored
    assert any("channel_scores" in path for path in plan.files.roots) == bool(scored)
    for method in methods:
        found = plan.files.inputs("saliency")(wildcards(network="one", method=method, shard="0"))
        assert ("channel_scores.scores" in found) == (method in scored)


def test_another_label_changes_no_job_of_the_others(planned, wildcards):
    """Or what is finished would run again."""

    def asked(method, methods):
        plan, which = planned(methods=methods), wildcards(network="one", method=method, shard="0")
        params = [plan.run.shards_of(stage)(which) for stage in ("saliency", "masked")]
        params += [plan.made.of(stage)(which) for stage in ("saliency", "masked")]
        return plan.files.inputs("saliency")(which), plan.files.inputs("masked")(which), params

    assert asked("g", {"g": GRADCAM}) == asked("g", {"g": GRADCAM, "s": SCORECAM})
    assert asked("s", {"s": SCORECAM}) == asked("s", {"s": SCORECAM, "p": POPPI, "g": GRADCAM})


def test_activations_are_an_input_whether_or_not_they_are_kept(planned, wildcards):
    """Chunk files say themselves whether they hold them, so that the setting makes nothing run again."""
    found = [
        planned(compute={"share_activations": most}).files.inputs("saliency")(
            wildcards(network="one", method="gradcam", shard="0")
        )
        for most in (0, 0.5)
    ]
    assert found[0] == found[1]
    assert found[0]["predictions.activations"].endswith("predictions/one.zarr/activations/c/0/0/0/0")


def test_curves_are_read_where_they_are_drawn(planned):
    assert planned().run.reading.makes("curves")
    reading = planned(curves={"enabled": False}).run.reading
    assert not reading.makes("curves")
    assert not any(name.startswith("curves.") for name in reading.of("metrics", "gradcam"))
