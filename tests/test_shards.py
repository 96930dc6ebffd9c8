"""How rows are cut into jobs by the work in them."""

import pytest

from cambench.shards import SAMPLE, WHOLE, Cut, by_stage

RESNET50 = {"channels": 2048, "map": [7, 7], "operations": int(8.2e9), "head_alone": True}


@pytest.mark.parametrize("steps", [SAMPLE, WHOLE])
@pytest.mark.parametrize("work", [0.001, 0.3, 1, 7, 49, 513, 2049, 1e6])
def test_jobs_hold_the_work_that_is_asked_for_and_end_at_usual_sizes(steps, work):
    rows = Cut(20_000, 4000, steps).rows(work)
    assert rows == 1 or rows * work <= 20_000
    assert rows <= 4000
    assert all(images % rows == 0 for images in (500, 1000, 2000, 5000) if images >= steps)
    larger = [size for size in range(rows + 1, 4001) if steps % size == 0]
    assert all(size * work > 20_000 for size in larger)


CONFIG = {
    "metrics": [],
    "methods": {"gradcam": {"cam": "gradcam", "settings": {}}, "mine": {"cam": "scorecam", "settings": {}, "shard": 7}},
    "curves": {
        **{"pixels_per_step": 224, "points": 8},
        **{"deletion": {"start": "image", "end": "zero"}, "insertion": {"start": "blur", "end": "image"}},
    },
}


@pytest.mark.parametrize(
    ("operations", "rows", "of_curves"),
    [
        (8.2e9, 5000, 250),  # 17 passes for the curves of an image
        (82e9, 500, 25),
        (0, 5000, 5000),  # a pass of the smallest network counts as 0.02 of a ResNet-50's
    ],
)
def test_work_is_counted_in_passes_of_a_resnet50(operations, rows, of_curves):
    network = {**RESNET50, "operations": operations, "input": [224, 224]}
    found = by_stage(CONFIG, Cut(5000, 5000), network, "gradcam")
    assert (found["predictions"], found["saliency"], found["curves"]) == (rows, rows, of_curves)
    assert found["images"] == 5000
    assert by_stage(CONFIG, Cut(5000, 5000), network, "mine")["masked"] == 7


def test_jobs_that_run_a_method_again_have_the_rows_of_its_maps():
    """Of max-sensitivity, too, with ten maps of an image: most jobs of a large run have none to measure."""
    again = ("other_class", "random_weights", "sensitivity")
    asked = {"metrics": ["class_sensitivity", "efficient_mprt", "max_sensitivity"], "masking": {"order": ""}}
    asked |= {"road": {"shares": []}, "perturbations": {"cells": 4, "subsets": 9, "grid": 9}}
    config = {**CONFIG, **asked, "other_class": {}, "random_weights": {}, "sensitivity": {"copies": 10, "images": 100}}
    network = {**RESNET50, "operations": 82e9, "input": [224, 224]}
    for method, rows in (("gradcam", 500), ("mine", 7)):
        found = by_stage(config, Cut(5000, 5000), network, method)
        assert [found[stage] for stage in again] == [rows] * 3
        assert found["saliency"] == rows
