"""Muon: momentum whose matrices are made orthogonal, with AdamW for all other weights."""

import torch

# The quintic of Jordan et al.: five of its steps bring every singular value near 1.
_QUINTIC, _ITERATIONS = (3.4445, -4.7750, 2.0315), 5
_MOMENTUM = 0.9


class Muon(torch.optim.AdamW):
    """AdamW, but for groups whose key `orthogonal` is true.

    Their weights (matrices and convolution kernels) move along the momentum with its singular
    values set to about 1, so that rare directions are learnt as fast as common ones. A step is
    scaled to the size of one of AdamW's at the same learning rate. All in float32.

    References
    ----------
    Jordan et al. 2024, "Muon: an optimizer for hidden layers in neural networks"; the scale is
    that of Liu et al. 2025, "Muon is scalable for LLM training", section 2.2.
    """

    @torch.no_grad()
    def step(self, closure=None):
        """One step; the gradients of orthogonal groups are used up."""
        for group in self.param_groups:
            for weights in group["params"] if group["orthogonal"] else ():
                if weights.grad is not None:
                    self._orthogonal_step(weights, group["lr"], group["weight_decay"])
                    # AdamW passes over weights without a gradient.
                    weights.grad = None
        return super().step(closure)

    def _orthogonal_step(self, weights: torch.Tensor, rate: float, decay: float) -> None:
        state = self.state[weights]
        if not state:
            # AdamW expects to find a number of steps when a state is loaded.
            state |= {"step": torch.tensor(0.0), "momentum": torch.zeros_like(weights)}
        state["step"] += 1
        momentum = state["momentum"].lerp_(weights.grad, 1 - _MOMENTUM)
        ahead = weights.grad.lerp(momentum, _MOMENTUM).flatten(1)
        update = orthogonalised(ahead).reshape(weights.shape)
        weights.mul_(1 - rate * decay)
        weights.add_(update, alpha=-rate * 0.2 * max(ahead.shape) ** 0.5)


def orthogonalised(matrix: torch.Tensor) -> torch.Tensor:
    """`matrix` (m, n) with its singular values, whatever they are, brought to about 1.

    By a Newton-Schulz iteration: singular values end between 0.7 and 1.2, tiny ones below.

    Examples
    --------
    >>> torch.linalg.svdvals(orthogonalised(torch.diag(torch.tensor([5.0, 1.0, 0.2])))).round()
    tensor([1., 1., 1.])
    """
    wide = matrix.mT if matrix.shape[0] > matrix.shape[1] else matrix
    wide = wide / wide.norm().clamp(min=1e-7)
    a, b, c = _QUINTIC
    for _ in range(_ITERATIONS):
        gram = wide @ wide.mT
        # a · wide + (b · gram + c · gram²) · wide, a quarter faster than written so.
        quintic = torch.addmm(gram, gram, gram, beta=b, alpha=c)
        wide = torch.addmm(wide, quintic, wide, beta=a)
    return wide.mT if matrix.shape[0] > matrix.shape[1] else wide
