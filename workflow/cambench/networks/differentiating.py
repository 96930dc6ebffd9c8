"""What a batch answers about gradients: of the target layer, of the images, of every bias, and of second order."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..errors import InputError
from .asking import Asking, of_class
from .biases import Terms, noted
from .build import reason
from .scores import log_probabilities

Utility = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Differentiating(Asking):
    """Questions about gradients; y is the logit of an image's class, A the target layer's output."""

    def gradients(self) -> tuple[Tensor, Tensor]:
        """A and g = dy/dA, each float32 (n, K, h, w)."""
        return self._clean.maps.detach(), self._gradient

    def weighted_gradients(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """A and the gradient of a weighted sum of all logits of the images, each float32 (n, K, h, w).

        **Arguments:** `weights` (n, classes).
        """
        logits, leaf = self._clean.logits, self._clean.maps
        return leaf.detach(), torch.autograd.grad((logits * weights).sum(), leaf, retain_graph=True)[0]

    def gradients_at(self, inputs: Tensor) -> tuple[Tensor, Tensor]:
        """A and g for changed inputs (n, 3, H, W), one per image; one more pass per image."""
        logits, leaf = self.probe.cut(inputs, leaf=True)
        self.passes.add_(1)
        return leaf.detach(), torch.autograd.grad(of_class(logits, self.classes).sum(), leaf)[0]

    def input_gradients(self, inputs: Tensor | None = None, owners: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """y, float32 (m,), and dy/dx, float32 (m, 3, H, W), of the images or of changed inputs; one pass of each.

        The gradient is NaN where y is not finite, for ReLUs give a finite one even then.

        **Arguments:** `inputs` (m, 3, H, W), the images by default; `owners` as in `scores`, needed where there is not
        one input for each image. **Raises:** `InputError` if no gradient reaches the inputs.
        """
        images = self.images if inputs is None else inputs
        owners = torch.arange(len(self), device=self.device) if owners is None else owners
        logits, leaf = self._traced(images, lambda x: self.probe.run(self.probe.network, x))
        self._count(owners)
        if inputs is None:
            self._told.append(logits.detach())
        return _at_inputs(of_class(logits, self.classes[owners]), leaf)

    def bias_gradients(self, reduce: Callable[[Tensor], Tensor]) -> tuple[Tensor, list[Tensor]]:
        """dy/dx of the images, float32 (n, 3, H, W), and `reduce(g b)` of each bias b of a convolution or batch norm.

        g = dy/dz, float32 (n, K, h, w), z the output that b is added to. A layer that runs twice has two; linear layers
        have none. One pass. **Raises:** as `input_gradients` does.
        """
        terms = Terms(reduce)
        with noted(self.probe.network, terms):
            logits, leaf = self._traced(self.images, lambda x: self.probe.run(self.probe.network, x))
        self.passes.add_(1)
        self._told.append(logits.detach())
        _, gradient = _at_inputs(of_class(logits, self.classes), leaf)
        return gradient, list(terms)

    def curvature(self, utility: Utility) -> tuple[Tensor, Tensor, Tensor]:
        """A, g = dL/dA and H A, each float32 (n, K, h, w), H the Hessian of a utility L with respect to A; one pass.

        H A is 0 where the head is linear, or linear in pieces as ReLUs make it.

        **Arguments:** `utility(y, log_p)` gives L, (n,), of y and the logarithm of the class's probability, each (n,).
        **Raises:** `InputError` if a part of the head has no second derivative.
        """
        with sdpa_kernel(SDPBackend.MATH):  # the other kernels of attention have no second derivative
            logits, leaf, _ = self._cut()
        self._told.append(logits.detach())
        log_p = log_probabilities(logits, self.probe.score)
        L = utility(of_class(logits, self.classes), of_class(log_p, self.classes))
        g = torch.autograd.grad(L.sum(), leaf, create_graph=True)[0]
        return leaf.detach(), g.detach(), _directional(g, leaf)

    @cached_property
    def _gradient(self) -> Tensor:
        y = of_class(self._clean.logits, self.classes)
        return torch.autograd.grad(y.sum(), self._clean.maps, retain_graph=True)[0]

    def _traced(self, inputs: Tensor, run: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
        """Logits of inputs, and the leaf of their graph, of the inputs' values."""
        leaf = inputs.detach().requires_grad_()
        with torch.enable_grad():
            logits = run(leaf.clone())  # a copy, because a network may go on with its input in place
        if not logits.requires_grad:
            raise InputError("the method needs a gradient of the image, and none reaches it from the logits")
        return logits, leaf


def _at_inputs(y: Tensor, leaf: Tensor) -> tuple[Tensor, Tensor]:
    """y and its gradient at inputs (m, 3, H, W)."""
    gradient = torch.autograd.grad(y.sum(), leaf)[0]
    y = y.detach()
    return y, torch.where(y.isfinite()[:, None, None, None], gradient, torch.nan)


def _directional(g: Tensor, leaf: Tensor) -> Tensor:
    """The derivative of g, with its graph, in the direction of its own leaf: H A."""
    if not g.requires_grad:
        return torch.zeros_like(g)
    try:
        found = torch.autograd.grad((g * leaf.detach()).sum(), leaf, allow_unused=True)[0]
    except RuntimeError as error:
        if "is not implemented" not in str(error):
            raise
        raise InputError(f"the method needs a second derivative of the network, but {reason(error)}") from error
    return torch.zeros_like(g) if found is None else found
