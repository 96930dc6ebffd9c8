"""Where tokens lie is known from what libraries say of their networks, and each family has its default layer."""

import pytest
import timm
import torch
import transformers
import vits
from conftest import PREPROCESSING
from torch import nn
from torchvision.models import SwinTransformer

from cambench.errors import InputError
from cambench.networks.families import family
from cambench.networks.layer import find_layer
from cambench.networks.layout import Layout
from cambench.networks.probe import Probe


def torchvision_swin():
    return frozen(SwinTransformer([4, 4], 8, [1, 1], [1, 1], [4, 4], num_classes=5))


def hugging_face_swin():
    config = transformers.SwinConfig(
        image_size=32, patch_size=4, embed_dim=8, depths=[1, 1], num_heads=[1, 1], window_size=4, num_labels=5
    )
    return frozen(transformers.SwinForImageClassification(config))


def mixer():
    arguments = {"num_blocks": 1, "embed_dim": 16, "patch_size": 8, "img_size": 32, "num_classes": 5}
    return vits.loud(timm.models.mlp_mixer.MlpMixer(**arguments))


def gmlp():
    """Its gate mixes the positions of as many channels as there are positions."""
    mixing = timm.models.mlp_mixer
    arguments = {"num_blocks": 2, "embed_dim": 16, "mlp_ratio": 2, "patch_size": 8, "img_size": 32, "num_classes": 5}
    kinds = {"block_layer": mixing.SpatialGatingBlock, "mlp_layer": mixing.GatedMlp}
    return vits.loud(mixing.MlpMixer(**arguments, **kinds))


def frozen(network):
    return network.eval().requires_grad_(False)


def gap():
    return vits.timm_vit("vit_base_patch16_siglip_gap_224", embed_dim=16, num_heads=2)


GRID = (4, 4)
# What is made, its default layer, layout, whether the head runs alone and is linear.
FAMILIES = {
    "torchvision vit": (vits.torchvision_vit, "encoder.layers.encoder_layer_1.ln_1", Layout("tokens", 1, GRID), 0, 0),
    "torchvision swin": (torchvision_swin, "permute", Layout(), 1, 1),
    "timm vit": (vits.timm_vit, "blocks.1.norm1", Layout("tokens", 1, GRID), 0, 0),
    "timm distilled": (
        lambda: vits.timm_vit("deit_tiny_distilled_patch16_224"),
        "blocks.1.norm1",
        Layout("tokens", 2, GRID),
        0,
        0,
    ),
    "timm registers": (
        lambda: vits.timm_vit("vit_small_patch14_reg4_dinov2", embed_dim=16, num_heads=2),
        "blocks.1.norm1",
        Layout("tokens", 5, GRID),
        0,
        0,
    ),
    "timm gap": (gap, "norm", Layout("tokens", 0, GRID), 1, 1),
    "timm eva": (
        lambda: vits.timm_vit("eva02_tiny_patch14_224", embed_dim=16, num_heads=2),
        "norm",
        Layout("tokens", 1, GRID),
        1,
        0,
    ),
    "timm swin": (vits.timm_swin, "norm", Layout("nhwc"), 1, 1),
    "timm mixer": (mixer, "norm", Layout("tokens", 0, GRID), 1, 1),
    "Hugging Face vit": (vits.hugging_face, "vit.layers.1.layernorm_before", Layout("tokens", 1, GRID), 0, 0),
    "Hugging Face deit": (
        lambda: vits.hugging_face("DeiT"),
        "deit.layers.1.layernorm_before",
        Layout("tokens", 2, GRID),
        0,
        0,
    ),
    "Hugging Face registers": (
        lambda: vits.hugging_face("Dinov2WithRegisters"),
        "dinov2_with_registers.layernorm",
        Layout("tokens", 5, GRID),
        1,
        0,
    ),
    "Hugging Face swin": (hugging_face_swin, "swin.layernorm", Layout("tokens", 0, GRID), 1, 1),
}


@pytest.mark.parametrize("name", FAMILIES)
def test_default_layer(name):
    make, layer, layout, alone, linear = FAMILIES[name]
    network = make()
    assert find_layer("net", network, None, (32, 32)) == (layer, layout)
    probe = Probe(network, layer, PREPROCESSING, layout=layout)
    assert probe.map_shape == GRID
    assert (probe.head is not None) == alone
    assert (probe.classifier is not None) == linear


class Wrapped(nn.Module):
    """A network of a library inside the user's own."""

    def __init__(self, network):
        super().__init__()
        self.inner = network

    def forward(self, x):
        return self.inner(2 * x)


def test_a_network_inside_the_users_own():
    known = family(Wrapped(vits.timm_vit()), (32, 32))
    assert (known.root, known.prefix, known.grid) == ("inner", 1, GRID)
    assert find_layer("net", frozen(Wrapped(vits.timm_vit())), None, (32, 32)).layer == "inner.blocks.1.norm1"
    assert find_layer("net", frozen(Wrapped(hugging_face_swin())), None, (32, 32)).layer == "inner.swin.layernorm"


def test_the_grid_is_that_of_the_actual_input():
    network = vits.timm_vit("vit_tiny_patch16_224", dynamic_img_size=True)
    assert find_layer("net", network, None, (40, 64)).layout == Layout("tokens", 1, (5, 8))
    assert find_layer("net", vits.hugging_face("Dinov2"), None, (32, 48)).layout.grid == (4, 6)


@pytest.mark.parametrize(
    ("make", "layer", "layout"),
    [
        (vits.timm_swin, "layers.0.blocks.0.norm1", Layout("nhwc")),
        (vits.timm_swin, "layers.1.blocks.0.norm2", Layout("tokens", 0, (4, 4))),  # as older timm has them everywhere
        (torchvision_swin, "features.1.0.norm1", Layout("nhwc")),
        (torchvision_swin, "features.3", Layout("nhwc")),
        (hugging_face_swin, "swin.encoder.layers.0.blocks.0.layernorm_before", Layout("tokens", 0, (8, 8))),
    ],
)
def test_layers_that_are_named(make, layer, layout):
    assert find_layer("net", make(), layer, (32, 32)) == (layer, layout)


def test_channels_of_a_gate_as_many_as_positions():
    assert find_layer("net", gmlp(), "blocks.0.mlp_channels.gate.norm", (32, 32)).layout == Layout("tokens", 0, GRID)


def test_channels_as_many_as_rows():
    """A map of 8 x 8 with 8 channels looks alike both ways; Swin's is known."""
    assert find_layer("net", vits.timm_swin(), "layers.0.blocks.0", (32, 32)).layout == Layout("nhwc")
    assert find_layer("net", torchvision_swin(), "features.1", (32, 32)).layout == Layout("nhwc")


def test_tokens_of_patches_alone():
    """What comes before the class token joins."""
    assert find_layer("net", vits.timm_vit(), "norm_pre", (32, 32)).layout == Layout("tokens", 1, GRID)
    known = family(vits.timm_vit(), (32, 32))
    network = vits.timm_vit()
    assert known.layout(network, "patch_embed.norm", (2, 16, 192), (32, 32)) == Layout("tokens", 0, GRID)
    assert known.layout(network, "patch_embed.norm", (2, 18, 192), (32, 32)) is None


@pytest.mark.parametrize(
    ("make", "layer", "objection"),
    [
        (mixer, "blocks.0.mlp_tokens.fc2", "gives tokens (n, 16, 16), and nothing says where they lie"),
        (gmlp, "blocks.0.mlp_channels.gate.proj", "gives tokens (n, 16, 16), and nothing says where they lie"),
        (vits.timm_vit, "blocks.1.attn.qkv", "lies inside 'blocks.1.attn', which is attention by its name"),
        (vits.torchvision_vit, "conv_proj", "is the first one"),
        (hugging_face_swin, "swin.embeddings.norm", "gives tokens (n, 64, 8), and nothing says where they lie"),
    ],
)
def test_one_line_for_what_is_not_known(make, layer, objection):
    with pytest.raises(InputError) as error:
        find_layer("net", make(), layer, (32, 32))
    assert str(error.value).startswith(f"networks.net: layer {layer!r} {objection}")
    assert "\n" not in str(error.value)


class Mixed(nn.Module):
    """Attention whose class is not called so."""

    def __init__(self, attention):
        super().__init__()
        self.inner = attention

    def forward(self, x, **options):
        return self.inner(x, **options)


def test_attention_that_is_called_so_by_its_block():
    network = vits.timm_vit()
    for block in network.blocks:
        block.attn = Mixed(block.attn)
    with pytest.raises(
        InputError, match=r"^networks.net: layer 'blocks.1.attn.inner.proj' lies inside 'blocks.1.attn',"
    ):
        find_layer("net", network, "blocks.1.attn.inner.proj", (32, 32))
    assert find_layer("net", network, None, (32, 32)).layer == "blocks.1.norm1"


def test_what_is_declared():
    network, layer = hugging_face_swin(), "swin.embeddings.norm"
    declared = Layout("tokens", 0, (8, 8))
    assert find_layer("net", network, layer, (32, 32), declared) == (layer, declared)
    with pytest.raises(InputError, match=r"gives 64 tokens, not 1 \+ 8 x 8 = 65 of prefix and grid; the last that fit"):
        find_layer("net", network, layer, (32, 32), Layout("tokens", 1, (8, 8)))


def test_families_are_told_by_what_libraries_say():
    class Own(nn.Module):
        """The attributes of an older timm, whose grid is of one input alone."""

        def __init__(self):
            super().__init__()
            self.num_prefix_tokens, self.patch_embed = 1, nn.Identity()
            self.patch_embed.grid_size, self.patch_embed.img_size = (2, 4), (32, 64)

    assert family(Own(), (32, 64)).grid == (2, 4)
    assert family(Own(), (64, 64)) is None
    assert family(nn.Conv2d(3, 4, 1), (32, 32)) is None


@pytest.mark.parametrize(
    ("layer", "layout", "objection"),
    [
        (
            "blocks.1.norm1",
            Layout("tokens", 1, (2, 8)),
            "gives tokens, 1 + 4 x 4 for sure, not tokens, 1 + 2 x 8; leave",
        ),
        (
            "blocks.1.norm1",
            Layout("tokens", 8, (3, 3)),
            "gives tokens, 1 + 4 x 4 for sure, not tokens, 8 + 3 x 3; leave",
        ),
        (
            "blocks.1.attn.qkv",
            Layout("tokens", 1, (4, 4)),
            "lies inside 'blocks.1.attn', which is attention by its name",
        ),
    ],
)
def test_what_is_declared_against_what_is_known(layer, layout, objection):
    network, known = vits.timm_vit(), Layout("tokens", 1, (4, 4))
    assert find_layer("net", network, "blocks.1.norm1", (32, 32), known) == ("blocks.1.norm1", known)
    with pytest.raises(InputError) as error:
        find_layer("net", network, layer, (32, 32), layout)
    assert str(error.value).startswith(f"networks.net: layer {layer!r} {objection}")


def hiera(pooled=3):
    small = {"img_size": 128, "embed_dim": 8, "num_heads": 1, "stages": (1, 1, 1, 1), "q_pool": pooled}
    return vits.loud(timm.create_model("hiera_tiny_224", num_classes=5, **small))


def test_tokens_of_hiera_lie_row_by_row_in_its_last_stage():
    """As its own `reroll` says, which puts tokens of any block in order."""
    network, kept = hiera(), {}
    assert find_layer("net", network, None, (128, 128)) == ("blocks.3", Layout("tokens", 0, GRID))
    for number, block in enumerate(network.blocks):
        block.register_forward_hook(lambda _, __, output, number=number: kept.update({number: output}))
    with torch.no_grad():
        network(torch.randn(1, 3, 128, 128))
    in_order = [torch.equal(network.reroll(output, number).flatten(1, 2), output) for number, output in kept.items()]
    assert in_order == [False, False, False, True]


@pytest.mark.parametrize(
    ("pooled", "layer", "declared"),
    [
        (3, "blocks.2", None),
        (3, "blocks.2", Layout("tokens", 0, (8, 8))),
        (2, "blocks.3", Layout("tokens", 0, (8, 8))),
        (2, None, None),
    ],
)
def test_other_tokens_of_hiera_are_refused(pooled, layer, declared):
    line = (
        f"layer '{layer or 'blocks.3'}' gives tokens (n, 64, {32 if pooled == 3 else 64}), which in timm Hiera do not"
    )
    with pytest.raises(InputError) as error:
        find_layer("net", hiera(pooled), layer, (128, 128), declared)
    assert str(error.value).startswith(f"networks.net: {line} lie row by row")
    assert "declare" not in str(error.value)
