"""Element-wise Grad-CAM against its formula, LayerCAM and pytorch-grad-cam."""

import torch
from peers import pooled, signed


def test_formula_and_peer():
    A, g, _ = signed().seen()
    found = signed().ours("gradcamelementwise")
    assert torch.allclose(found, sum((A[:, k] * g[:, k]).clamp(min=0) for k in range(A.shape[1])), atol=1e-7)
    assert torch.allclose(found, signed().grad_cam("GradCAMElementWise"), atol=1e-7)
    assert not torch.allclose(found, signed().ours("layercam"), atol=1e-4)


def test_without_negative_activations_it_is_layercam():
    found = pooled().ours("gradcamelementwise")
    assert found.max() > 1e-3
    assert torch.allclose(found, pooled().ours("layercam"), atol=1e-7)
