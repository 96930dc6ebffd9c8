"""What jobs ask a scheduler for."""

import pytest


def test_memory_grows_with_attempts(plan, wildcards):
    assert [plan.resources.memory(wildcards(network="one"), attempt) for attempt in (1, 2)] == [3000, 6000]


def test_memory_grows_with_inputs(planned, wildcards):
    """VGG-16 was seen to take 2.0 GB on sixteen inputs of 224 x 224, and 3.4 GB on those of 448 x 448."""
    for crop, most in ((224, 3000), ([448, 224], 4000), (448, 6000)):
        network = {"factory": "tiny:Tiny", "preprocessing": {"resize": 448, "crop": crop}}
        assert planned(networks={"one": network}).resources.memory(wildcards(network="one"), 1) == most


def test_time_follows_the_estimate(plan, wildcards):
    lines = ["stage,network,method,jobs,passes,bytes,hours", "saliency,one,gradcam,4,0,0,2", "predictions,one,,2,0,0,1"]
    (plan.run.folder() / "estimate.csv").write_text("\n".join(lines))
    pair = wildcards(network="one", method="gradcam")
    assert plan.resources.minutes("saliency")(pair, 1) == 10 + 3 * 30
    assert plan.resources.minutes("saliency")(pair, 2) == 200
    assert plan.resources.minutes("predictions")(wildcards(network="one"), 1) == 10 + 3 * 30
    assert plan.resources.minutes("masked")(pair, 1) == 240  # not estimated


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("cuda", 1), ("cuda:1", 1), ("mps", 0)])
def test_gpus(planned, device, gpus):
    assert planned(compute={"device": device}).resources.gpus == gpus
