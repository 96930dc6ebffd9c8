"""What judging the metrics takes from a configuration."""

import pytest

GRADCAM = {"cam": "gradcam", "title": "Grad-CAM"}


def degraded(share=None, **settings):
    return {"cam": "degraded", "settings": settings if share is None else {"share": share, **settings}}


def test_controls_by_what_they_show(planned):
    methods = {"gradcam": GRADCAM, "noise": {"cam": "random"}, "noise2": {"cam": "random", "settings": {"seed": 2}}}
    found = planned(methods={**methods, "edges": {"cam": "sobel"}, "middle": {"cam": "centre"}}).judged.known()
    assert found == {
        **{"controls": ["noise", "noise2", "edges", "middle"], "random": ["noise", "noise2"], "edges": ["edges"]},
        "ladders": [],
    }


def test_a_ladder_begins_with_the_method_itself(planned):
    methods = {"gradcam": GRADCAM, "quarter": degraded(0.25), "half": degraded(), "all": degraded(1, cam="gradcam")}
    ladder = {"gradcam": 0, "quarter": 0.25, "half": 0.5, "all": 1}
    assert planned(methods=methods).judged.ladders() == [ladder]
    without = {name: block for name, block in methods.items() if name != "gradcam"}
    assert planned(methods=without).judged.ladders() == [{"quarter": 0.25, "half": 0.5, "all": 1}]


def test_other_methods_and_other_settings_are_ladders_of_their_own(planned):
    methods = {
        "gradcam": GRADCAM,
        **{"half": degraded(0.5), "all": degraded(1), "other": degraded(1, seed=3)},
        **{"layercam": {"cam": "layercam"}, "layers": degraded(0.5, cam="layercam")},
    }
    assert planned(methods=methods).judged.ladders() == [
        {"gradcam": 0, "half": 0.5, "all": 1},
        {"gradcam": 0, "other": 1},
        {"layercam": 0, "layers": 0.5},
    ]
    alone = {"gradcam": GRADCAM, "layers": degraded(0.5, cam="layercam")}
    assert planned(methods=alone).judged.ladders() == []


@pytest.mark.parametrize(
    ("settings", "is_step"),
    [({"gaussian": False, "flips": False}, True), ({"gaussian": True}, False), ({"flips": True}, False)],
)
def test_the_method_itself_has_its_default_settings(planned, settings, is_step):
    """Because the degraded one's maps are made with these."""
    methods = {
        "whole": {"cam": "reciprocam", "settings": settings},
        **{"half": degraded(0.5, cam="reciprocam"), "all": degraded(1, cam="reciprocam")},
    }
    (ladder,) = planned(methods=methods).judged.ladders()
    assert ("whole" in ladder) == is_step
