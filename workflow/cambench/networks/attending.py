"""What a batch answers about the attention of a transformer."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from ..errors import InputError
from .asking import Asking, of_class
from .attention import Attended, attend, gradients, read_out


@dataclass(frozen=True, eq=False)
class Attending(Asking):
    """Questions about attention; each takes a pass, whose logits serve `logits` and `probability`."""

    def attention(self, start: int = 0) -> list[torch.Tensor]:
        """Attention of the blocks from `start` on after its softmax, float32 (n, heads, T, T); one pass."""
        return [weights.float() for weights in self._attend(start).weights]

    def attention_gradients(self, start: int = 0) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
        """The same, and dy/d(attention), float32 (n, heads, T, T); one pass."""
        seen = self._attend(start, graph=True)
        found = torch.autograd.grad(of_class(seen.logits, self.classes).sum(), seen.weights)
        return [item.detach().float() for item in seen.weights], [item.float() for item in found]

    def read_out_gradients(self, start: int) -> list[torch.Tensor]:
        """Gradient of the class's logit with respect to attention, if each block from `start` on were the last one.

        The logit is that of the mean of all tokens of the block's output. Float32 (n, heads, T, T); one pass.
        """
        seen = self._attend(start, self.probe.blocks.modules[start:], graph=True)
        return gradients([self._read_out(tokens) for tokens in seen.outputs], seen.weights)

    def queried(self, attention: torch.Tensor) -> torch.Tensor:
        """The class token's row of attention (..., T, T), or the mean of those of all tokens that are pooled."""
        rows = self.probe.blocks.rows
        return (attention[..., rows, :] if rows else attention).mean(-2)

    def places(self, tokens: torch.Tensor) -> torch.Tensor:
        """Values (n, T) of tokens as a map (n, h, w), without those of the prefix."""
        return tokens[:, self.probe.layout.prefix :].unflatten(1, self.probe.map_shape)

    def _attend(self, start: int, blocks: Sequence[nn.Module] = (), graph: bool = False) -> Attended:
        """A pass that notes attention."""
        if refusal := self.probe.blocks.refusal:
            raise InputError(f"the method {refusal}")
        self.passes.add_(1)
        first = range(len(self.probe.blocks))[start]
        seen = attend(lambda: self.probe.run(self.probe.network, self.images), blocks, first, graph)
        self._told.append(seen.logits.detach())
        return seen

    def _read_out(self, tokens: torch.Tensor) -> torch.Tensor:
        mean = tokens.mean(1, keepdim=True).expand_as(tokens)
        network, blocks = self.probe.network, self.probe.blocks.modules
        logits = self.probe.run(lambda images: read_out(network, blocks, images, mean), self.images)
        return of_class(logits, self.classes).sum()
