"""Raw attention against torch's own weights of the last block."""

import numpy as np
import torch
import vits
from conftest import COMPUTE, opened

from cambench.methods._contract import bind

PIXELS = np.random.default_rng(4).integers(0, 255, (3, 32, 32, 3), dtype=np.uint8)


def raw(probe):
    return bind("rawattention", {}, COMPUTE["batch"])(opened(probe, PIXELS))[0]


def test_row_of_the_class_token(vit):
    network, seen = vit.network, []
    norm = network.encoder.layers[-1].ln_1
    handle = norm.register_forward_hook(lambda _, __, tokens: seen.append(tokens))
    with torch.no_grad():
        network(vit.prepare(PIXELS))
        handle.remove()
        _, weights = network.encoder.layers[-1].self_attention(*3 * seen, need_weights=True)
    assert torch.allclose(raw(vit), weights[:, 0, 1:].view(3, 4, 4), atol=1e-6)


def test_mean_of_all_rows_where_there_is_no_class_token():
    probe = vits.probe("timm_vit", class_token=False, global_pool="avg", embed_dim=16, num_heads=2)
    maps = raw(probe)
    assert torch.allclose(maps.sum((1, 2)), torch.ones(3), atol=1e-5)  # no prefix takes a part
    weights = opened(probe, PIXELS).attention()[-1]
    assert torch.allclose(maps.flatten(1), weights.mean((1, 2)), atol=1e-6)


def test_mean_of_the_rows_of_prefix_tokens_that_are_pooled():
    second = vits.probe("Second")
    weights = opened(second, PIXELS).attention()[-1]
    assert torch.allclose(raw(second).flatten(1), weights.mean(1)[:, 1, 2:], atol=1e-6)
    distilled = vits.probe("timm_vit", name="deit_tiny_distilled_patch16_224")
    weights = opened(distilled, PIXELS).attention()[-1]
    assert torch.allclose(raw(distilled).flatten(1), weights.mean(1)[:, :2, 2:].mean(1), atol=1e-6)


def test_registers_are_no_patches():
    probe = vits.probe("timm_vit", name="vit_small_patch14_reg4_dinov2", embed_dim=16, num_heads=2)
    weights = opened(probe, PIXELS).attention()[-1]
    assert weights.shape[-1] == 5 + 16
    assert torch.allclose(raw(probe).flatten(1), weights.mean(1)[:, 0, 5:], atol=1e-6)
