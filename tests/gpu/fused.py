"""Kernels that fuse what the package does in several, to be tried: masking, and convolutions with what follows."""

from collections.abc import Callable

import torch
from torch import nn
from torch.nn.functional import interpolate, relu
from torchvision.models.resnet import BasicBlock, Bottleneck

from cambench.methods import scorecam
from cambench.networks.hooks import removed_after

try:
    import triton
    import triton.language as tl
except ImportError:  # a CPU's torch comes without it
    triton = None


if triton is not None:

    @triton.jit
    def _mask(images, maps, owners, channels, out, height, width, h, w, at_n, at_k, at_h, at_w, BLOCK: tl.constexpr):
        """One row of masked inputs, a block of its values: an image times an upsampled map, cast as it is stored."""
        row, size = tl.program_id(0).to(tl.int64), height * width * 3
        place = tl.program_id(1) * BLOCK + tl.arange(0, BLOCK)
        inside = place < size
        owner, channel = tl.load(owners + row), tl.load(channels + row)
        y, x = place // (3 * width), (place // 3) % width
        sy = tl.maximum((y + 0.5) * h / height - 0.5, 0.0)
        sx = tl.maximum((x + 0.5) * w / width - 0.5, 0.0)
        y0, x0 = tl.minimum(sy.to(tl.int32), h - 1), tl.minimum(sx.to(tl.int32), w - 1)
        y1, x1 = tl.minimum(y0 + 1, h - 1), tl.minimum(x0 + 1, w - 1)
        fy, fx = sy - y0, sx - x0
        base = maps + owner * at_n + channel * at_k
        top = tl.load(base + y0 * at_h + x0 * at_w) * (1 - fx) + tl.load(base + y0 * at_h + x1 * at_w) * fx
        low = tl.load(base + y1 * at_h + x0 * at_w) * (1 - fx) + tl.load(base + y1 * at_h + x1 * at_w) * fx
        value = tl.load(images + owner * size + place, mask=inside) * (top * (1 - fy) + low * fy)
        tl.store(out + row * size + place, value.to(out.dtype.element_ty), mask=inside)


def masked(
    images: torch.Tensor, maps: torch.Tensor, owners: torch.Tensor, channels: torch.Tensor, dtype: torch.dtype
) -> torch.Tensor:
    """Inputs x * U(H_k), (m, 3, H, W), channels last: one kernel on a GPU."""
    if not images.is_cuda:
        large = interpolate(maps[owners, channels, None], images.shape[2:], mode="bilinear")
        return (images[owners] * large).to(dtype)
    n, _, height, width = len(owners), *images.shape[1:]
    out = torch.empty((n, height, width, 3), device=images.device, dtype=dtype)
    lines, block = images.permute(0, 2, 3, 1).contiguous(), 2048
    grid = (n, triton.cdiv(height * width * 3, block))
    _mask[grid](lines, maps, owners, channels, out, height, width, *maps.shape[2:], *maps.stride(), BLOCK=block)
    return out.permute(0, 3, 1, 2)


def scores(dtype: torch.dtype) -> Callable[..., torch.Tensor]:
    """What takes the place of Score-CAM's own, with masking in one kernel; for networks without constant channels."""

    def found(batch, H, live, black, score):  # as `scorecam._scores`
        owners, channels = torch.ones_like(live).nonzero(as_tuple=True)

        def make(start: int, stop: int) -> torch.Tensor:
            return masked(batch.images, H, owners[start:stop], channels[start:stop], dtype)

        logits = batch.scores(make, owners)
        return batch.probability_in(logits, owners).view(live.shape)

    assert hasattr(scorecam, "_scores")
    return found


def rectify(network: nn.Module, sample: torch.Tensor) -> int:
    """Let cuDNN do convolution, bias and ReLU in one where a ReLU takes a convolution's output; how many there are."""
    pairs = _pairs(network, sample)
    for conv in pairs:
        conv.forward = _rectified(conv)
    for module in network.modules():
        if isinstance(module, nn.ReLU):
            module.forward = _unless_done
    return len(pairs)


def add(network: nn.Module) -> int:
    """Let cuDNN do the ends of torchvision's residual blocks in one: convolution, bias, sum and ReLU."""
    blocks = [module for module in network.modules() if isinstance(module, BasicBlock | Bottleneck)]
    for block in blocks:
        block.forward = _residual(block, block.forward)
    return len(blocks)


def _residual(block: nn.Module, plain: Callable) -> Callable:
    convs = [getattr(block, name) for name in ("conv1", "conv2", "conv3") if hasattr(block, name)]
    convs = [_zeros(conv) for conv in convs]

    def forward(x: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() or not x.is_cuda:
            return plain(x)
        out, kept = x, x if block.downsample is None else block.downsample(x)
        for conv in convs[:-1]:
            out = torch.cudnn_convolution_relu(out, conv.weight, conv.bias, *_geometry(conv))
        last = convs[-1]
        return torch.cudnn_convolution_add_relu(out, last.weight, kept, 1.0, last.bias, *_geometry(last))

    return forward


def _rectified(conv: nn.Conv2d) -> Callable:
    plain = conv.forward
    _zeros(conv)

    def forward(x: torch.Tensor) -> torch.Tensor:
        if torch.is_grad_enabled() or not x.is_cuda:
            return plain(x)
        out = torch.cudnn_convolution_relu(x, conv.weight, conv.bias, *_geometry(conv))
        out.rectified = True
        return out

    return forward


def _unless_done(x: torch.Tensor) -> torch.Tensor:
    return x if getattr(x, "rectified", False) else relu(x, inplace=not torch.is_grad_enabled())


def _zeros(conv: nn.Conv2d) -> nn.Conv2d:
    if conv.bias is None:
        conv.bias = nn.Parameter(conv.weight.new_zeros(len(conv.weight)), requires_grad=False)
    return conv


def _geometry(conv: nn.Conv2d) -> tuple:
    return conv.stride, conv.padding, conv.dilation, conv.groups


@torch.no_grad()
def _pairs(network: nn.Module, sample: torch.Tensor) -> list[nn.Conv2d]:
    """Convolutions whose output a ReLU takes as it is."""
    outputs: dict[int, nn.Conv2d] = {}
    alive, found = [], []

    def after(module: nn.Conv2d, _: object, output: torch.Tensor) -> None:
        outputs[id(output)] = module
        alive.append(output)

    def before(_: nn.Module, args: tuple) -> None:
        if id(args[0]) in outputs:
            found.append(outputs.pop(id(args[0])))

    handles = [m.register_forward_hook(after) for m in network.modules() if isinstance(m, nn.Conv2d)]
    handles += [m.register_forward_pre_hook(before) for m in network.modules() if isinstance(m, nn.ReLU)]
    with removed_after(handles):
        network(sample)
    return found
