"""Attention of transformers of each library, its gradients, and networks that are refused."""

import nets
import pytest
import timm
import torch
import torchvision
import vits
from torch.nn import functional

from cambench.networks.attention import Noting, attend, gradients, read_out
from cambench.networks.blocks import find_blocks
from cambench.networks.layout import Layout
from cambench.networks.outputs import logits_of, noise

CPU = torch.device("cpu")
SAMPLE = noise((32, 32), CPU)
DOUBLE = SAMPLE.double()
NO_CLASS = {"class_token": False, "global_pool": "avg"}
NETWORKS = {
    "torchvision": (vits.torchvision_vit, {}, 1, "class"),
    "one block": (vits.torchvision_vit, {"layers": 1}, 1, "class"),
    "timm": (vits.timm_vit, {"embed_dim": 16, "num_heads": 2}, 1, "class"),
    "timm distilled": (vits.timm_vit, {"name": "deit_tiny_distilled_patch16_224"}, 2, "prefix 0 + 1"),
    "timm registers": (vits.timm_vit, {"name": "vit_small_patch14_reg4_dinov2"}, 5, "class"),
    "timm average": (vits.timm_vit, NO_CLASS, 0, "all"),
    "timm class token that is not pooled": (vits.timm_vit, {"global_pool": "avg"}, 1, "all"),
    "timm registers that are pooled": (
        vits.timm_vit,
        {**NO_CLASS, "reg_tokens": 2, "pool_include_prefix": True},
        2,
        "all",
    ),
    "class token after a register": (vits.Second, {}, 2, "prefix 1"),
    "timm eva": (vits.timm_vit, {"name": "eva02_tiny_patch14_224"}, 1, "all"),
    "timm biases": (vits.timm_vit, {"name": "beit_base_patch16_224", "embed_dim": 24}, 1, "all"),
    "Hugging Face": (vits.hugging_face, {}, 1, "class"),
    "Hugging Face, eager": (vits.hugging_face, {"attention": "eager"}, 1, "class"),
    "DeiT": (vits.hugging_face, {"kind": "DeiT"}, 2, "class"),
    "DINOv2": (vits.hugging_face, {"kind": "Dinov2WithRegisters", "num_register_tokens": 3}, 4, "class"),
    "BEiT": (vits.hugging_face, {"kind": "Beit", "use_relative_position_bias": True}, 1, "all"),
}


def blocks_of(network, prefix, side=32):
    sample = noise((side, side), CPU).to(next(network.parameters()).dtype)
    return find_blocks(network.eval().requires_grad_(False), sample, Layout("tokens", prefix, (4, 4)))


@pytest.fixture(params=NETWORKS)
def case(request):
    """A network, its number of prefix tokens, and whose rows count."""
    torch.manual_seed(0)
    make, arguments, prefix, query = NETWORKS[request.param]
    return make(**arguments), prefix, query


def test_blocks_and_whose_rows_count(case):
    network, prefix, query = case
    blocks = blocks_of(network, prefix)
    assert blocks.refusal is None
    assert blocks.query == query
    assert len(blocks) in (1, 2)
    assert len({type(block) for block in blocks.modules}) == 1


def test_attention_is_what_the_logits_follow_from(case):
    """Logits are as they were; rows sum to 1; each gradient is that of finite differences; nothing is left behind."""
    network, prefix, _ = case
    network.double()
    before = {name: dict(vars(module)) for name, module in network.named_modules()}
    blocks = blocks_of(network, prefix)
    seen = attend(lambda: network(DOUBLE), blocks.modules, graph=True)
    assert torch.allclose(seen.logits, logits_of(network(DOUBLE)), rtol=1e-5, atol=1e-5)
    T = prefix + 16
    for weights in seen.weights:
        assert weights.shape == (2, weights.shape[1], T, T)
        assert torch.allclose(weights.sum(-1), torch.ones_like(weights[..., 0]), atol=1e-5)
    found = gradients([seen.logits[:, 3].sum()] * len(seen.weights), seen.weights)
    for block, gradient in enumerate(found):
        change = torch.randn(gradient.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
        slope = (logits_with(network, block, change, 1e-3) - logits_with(network, block, change, -1e-3)) / 2e-3
        assert torch.allclose((gradient * change).sum((1, 2, 3)), slope[:, 3], rtol=1e-2, atol=1e-2)
    assert {name: dict(vars(module)) for name, module in network.named_modules()} == before


def logits_with(network, block, change, step):
    """Logits where one block's attention is another one."""
    seen = []

    def note(weights):
        seen.append(weights)
        return weights + step * change if len(seen) == block + 1 else weights

    with torch.no_grad(), Noting(note):
        return logits_of(network(DOUBLE))


def test_the_graph_begins_at_the_block_that_is_asked_for(case):
    """What comes before is neither noted nor computed in steps."""
    network, prefix, _ = case
    last = len(blocks_of(network, prefix)) - 1
    (found,) = attend(lambda: network(SAMPLE), start=last, graph=True).weights
    assert found.is_leaf
    assert found.requires_grad
    every = attend(lambda: network(SAMPLE)).weights
    assert not any(weights.requires_grad for weights in every)
    assert torch.allclose(found, every[-1], atol=1e-5)


def test_multihead_attention_gives_its_weights_where_they_are_asked_for():
    attention, tokens = torch.nn.MultiheadAttention(8, 2, batch_first=True).eval(), torch.randn(3, 5, 8)
    for average in (True, False):
        with torch.no_grad():
            expected = attention(tokens, tokens, tokens, average_attn_weights=average)
            with Noting(lambda weights: weights):
                found = attention(tokens, tokens, tokens, average_attn_weights=average)
        assert all(torch.allclose(*pair, atol=1e-6) for pair in zip(found, expected, strict=True))


def test_fused_attention_with_a_mask_and_a_scale():
    query, key, value = torch.randn(3, 2, 4, 6, 5)
    hidden = torch.rand(6, 6) < 0.7
    hidden.fill_diagonal_(True)
    for mask in (hidden, torch.randn(6, 6)):
        with Noting(lambda weights: weights):
            found = functional.scaled_dot_product_attention(query, key, value, mask, scale=0.3)
        assert torch.allclose(
            found, functional.scaled_dot_product_attention(query, key, value, mask, scale=0.3), atol=1e-6
        )


def test_a_softmax_of_logits_is_no_attention():
    seen = []
    with Noting(lambda weights: seen.append(weights) or weights):
        torch.randn(2, 5).softmax(-1)
        functional.softmax(torch.randn(2, 3, 4), dim=1)
        torch.softmax(torch.randn(2, 3, 4), 2)
    assert [tuple(weights.shape) for weights in seen] == [(2, 3, 4)]


def test_the_head_reads_the_mean_token(case):
    """Of torchvision's it is written out; of all, the last block's own output gives the logits."""
    network, prefix, _ = case
    blocks = blocks_of(network, prefix)
    tokens = attend(lambda: network(SAMPLE), blocks.modules).outputs[-1]
    found = logits_of(read_out(network, blocks.modules, SAMPLE, tokens))
    assert torch.allclose(found, logits_of(network(SAMPLE)), atol=1e-5)
    if isinstance(network, torchvision.models.VisionTransformer):
        mean = tokens.mean(1, keepdim=True)
        expected = network.heads(network.encoder.ln(mean[:, 0]))
        found = read_out(network, blocks.modules, SAMPLE, mean.expand_as(tokens))
        assert torch.allclose(found, expected, atol=1e-5)


NEEDS = "needs attention from all tokens to all; "
WINDOWS = "that of the network is within windows or groups"
POOLING = ", as in attention pooling"
REFUSED = {
    "windows": (lambda: torchvision.models.SwinTransformer([4, 4], 16, [1, 1], [2, 2], [4, 4]), WINDOWS),
    "cnn": (lambda: nets.Tiny(), "the network has none that can be seen"),
    "mixer": (lambda: timm.create_model("mixer_s32_224", img_size=32), "the network has none that can be seen"),
    "pooling": (lambda: vits.timm_vit("vit_base_patch16_siglip_224", embed_dim=24), POOLING),
    "Hugging Face pooling": (vits.siglip, POOLING),
    "parallel": (lambda: vits.timm_vit("vit_small_patch16_18x2_224"), "the blocks of the network do not follow on"),
    "channels": (
        lambda: timm.create_model("xcit_nano_12_p16_224", img_size=64, depth=1),
        "is among 32 tokens or channels",
    ),
    "no blocks": (nets.Attention, "the network has no blocks with one each"),
    "other tokens": (lambda: vits.torchvision_vit(side=64), "is among 65 tokens or channels"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_refused(kind):
    make, reason = REFUSED[kind]
    side = {"other tokens": 64, "channels": 64}.get(kind, 32)
    prefix = 0 if kind in ("pooling", "Hugging Face pooling", "no blocks") else 1
    blocks = blocks_of(make(), prefix, side)
    assert blocks.refusal.startswith(NEEDS)
    assert reason in blocks.refusal
    assert "\n" not in blocks.refusal
    assert len(blocks) == 0


def test_a_layer_that_gives_no_tokens():
    found = find_blocks(vits.torchvision_vit(), SAMPLE, Layout())
    assert found.refusal == NEEDS + "the target layer gives no tokens; name one that does"


def test_a_network_that_raises():
    found = find_blocks(vits.torchvision_vit(), noise((64, 64), CPU), Layout("tokens", 1, (4, 4)))
    assert "cannot be followed: Wrong image height!" in found.refusal


def test_a_head_of_zeros_says_nothing_of_the_class_token():
    network = vits.torchvision_vit()
    torch.nn.init.zeros_(network.heads.head.weight)
    assert blocks_of(network, 1).query == "class"
