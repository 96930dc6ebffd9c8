"""Digests of code of a method that changes another one's maps."""

from types import SimpleNamespace

from cambench.provenance.digests import imports


def test_the_code_of_both_methods_counts(planned):
    block = {"cam": "degraded", "settings": {"cam": "scorecam"}}
    plan = planned(methods={"worse": block, "degraded": {"cam": "degraded"}})
    code = plan.code_of_method("saliency")
    adapter = plan._scripts / "saliency.py"
    modules = imports(adapter, "methods.degraded", "methods.scorecam")
    assert {"cambench.methods.degraded", "cambench.methods.scorecam"} <= modules
    assert "cambench.methods.scorecam" not in imports(adapter, "methods.degraded")
    assert code(SimpleNamespace(method="worse")) == plan.code("saliency", "methods.degraded", "methods.scorecam")
    assert code(SimpleNamespace(method="degraded")) == plan.code("saliency", "methods.degraded", "methods.gradcam")
    assert {f"methods.{cam}" for cam in ("degraded", "gradcam", "scorecam")} <= set(plan.all_code())


def test_jobs_are_cut_by_the_passes_of_the_method(planned):
    """Of four channels each, and of a job's 0.2 passes of a ResNet-50."""
    blocks = {cam: {"cam": "degraded", "settings": {"cam": cam}} for cam in ("scorecam", "gradcam")}
    plan = planned(methods={"own": {"cam": "scorecam"}, **blocks})
    sizes = {label: plan.run.shards("one", label)["saliency"] for label in ("own", "scorecam", "gradcam")}
    assert sizes["own"] == sizes["scorecam"] < sizes["gradcam"]
