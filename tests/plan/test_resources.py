"""What jobs ask a scheduler for."""

import pytest
from snakemake.exceptions import IncompleteCheckpointException


def test_memory_grows_with_attempts(plan, wildcards):
    assert [plan.resources.memory(wildcards(network="one"), attempt) for attempt in (1, 2)] == [3000, 6000]


def test_memory_grows_with_inputs(planned, wildcards):
    """VGG-16 was seen to take 2.0 GB on sixteen inputs of 224 x 224, and 3.4 GB on those of 448 x 448."""
    for crop, most in ((224, 3000), ([448, 224], 4000), (448, 6000)):
        network = {"factory": "tiny:Tiny", "preprocessing": {"resize": 448, "crop": crop}}
        assert planned(networks={"one": network}).resources.memory(wildcards(network="one"), 1) == most


def test_a_job_alone_takes_all_cores(planned, wildcards):
    """Ten images, two networks: six jobs of predictions, 22 of three methods: Score-CAM's have two images."""
    network = wildcards(network="one", method="gradcam")
    for cores, threads, few, many in ((2, 1, 1, 1), (12, 1, 2, 1), (18, 1, 3, 1), (44, 1, 7, 2), (12, 4, 4, 4)):
        resources = planned(compute={"device": "cpu", "threads": threads}).resources
        resources._cores = lambda cores=cores: cores
        assert resources.threads("predictions")(network) == few
        assert resources.threads("masked")(network) == many


def test_jobs_elsewhere_or_on_a_gpu_take_what_the_configuration_says(planned, wildcards):
    network = wildcards(network="one")
    assert planned(compute={"device": "cpu", "threads": 3}).resources.threads("predictions")(network) == 3
    resources = planned(compute={"device": "cuda"}).resources
    resources._cores = lambda: 64
    assert resources.threads("predictions")(network) == 1


def test_a_network_that_is_not_described_counts_like_the_jobs_own(plan, wildcards, monkeypatch):
    described = plan.run._described

    def one(name):
        if name == "two":
            raise IncompleteCheckpointException(None, "networks/two.json")
        return described(name)

    monkeypatch.setattr(plan.run, "_described", one)
    plan.resources._cores = lambda: 12
    assert plan.resources.threads("predictions")(wildcards(network="one")) == 2


def test_time_follows_the_estimate(plan, wildcards):
    lines = ["stage,network,method,jobs,passes,bytes,hours", "saliency,one,gradcam,4,0,0,2", "predictions,one,,2,0,0,1"]
    (plan.run.folder() / "estimate.csv").write_text("\n".join(lines))
    pair = wildcards(network="one", method="gradcam")
    assert plan.resources.minutes("saliency")(pair, 1) == 10 + 3 * 30
    assert plan.resources.minutes("saliency")(pair, 2) == 200
    assert plan.resources.minutes("predictions")(wildcards(network="one"), 1) == 10 + 3 * 30
    assert plan.resources.minutes("masked")(pair, 1) == 240  # not estimated


def test_time_of_jobs_that_measure_some_images_alone(planned, wildcards):
    """Ten images, four in a job; the first of three jobs has all that are measured, and takes all the time."""
    config = {"metrics": ["max_sensitivity"], "sensitivity": {"images": 3}}
    plan, pair = planned(**config), wildcards(network="one", method="gradcam")
    assert plan.run.shards("one", "gradcam")["sensitivity"] == plan.run.shards("one", "gradcam")["saliency"] == 4
    (plan.run.folder() / "estimate.csv").write_text(
        "stage,network,method,jobs,passes,bytes,hours\nsensitivity,one,gradcam,3,0,0,2"
    )
    assert plan.resources.minutes("sensitivity")(pair, 1) == 10 + 3 * 120


@pytest.mark.parametrize(("device", "gpus"), [("cpu", 0), ("cuda", 1), ("cuda:1", 1), ("mps", 0)])
def test_gpus(planned, device, gpus):
    assert planned(compute={"device": device}).resources.gpus == gpus
