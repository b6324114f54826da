import math

import pytest
import torch

from modgap.train.muon import Muon, orthogonalised


@pytest.mark.parametrize("shape", [(5, 5), (4, 30), (30, 4)])
def test_singular_values_become_one_and_singular_vectors_stay(shape):
    torch.manual_seed(0)
    matrix = torch.randn(shape)
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    result = left.mT @ orthogonalised(100 * matrix) @ right.mT
    assert values.max() / values.min() > 1.5
    assert ((result.diagonal() > 0.65) & (result.diagonal() < 1.25)).all()
    assert (result - torch.diag(result.diagonal())).abs().max() < 1e-3


def test_a_step_has_the_size_of_one_of_adamw():
    weights = torch.nn.Parameter(torch.zeros(6, 2, 3, 3))
    before = weights.detach().clone()
    torch.manual_seed(1)
    weights.grad = gradient = torch.randn_like(weights)
    Muon([{"params": [weights], "orthogonal": True}], lr=0.1, weight_decay=0).step()
    step = (weights - before).detach()
    # The root mean square of an orthogonal (6, 18) matrix is 1 / sqrt(18): 0.2 lr of AdamW's.
    assert step.square().mean().sqrt() == pytest.approx(0.1 * 0.2, rel=0.25)
    assert (step * gradient).sum() < 0
    assert weights.grad is None


def test_weights_decay_by_the_rate_of_their_group():
    weights = torch.nn.Parameter(torch.ones(4, 4))
    weights.grad = torch.zeros(4, 4)
    Muon([{"params": [weights], "orthogonal": True}], lr=0.1, weight_decay=0.5).step()
    torch.testing.assert_close(weights.detach(), torch.full((4, 4), 0.95))


def test_the_momentum_leads_the_way():
    weights = torch.nn.Parameter(torch.zeros(3, 3))
    optimizer = Muon([{"params": [weights], "orthogonal": True}], lr=1, weight_decay=0)
    first, second = torch.diag(torch.tensor([1.0, 0, 0])), torch.diag(torch.tensor([0, 0, 2.0]))
    for gradient in (first, second):
        weights.grad = gradient.clone()
        optimizer.step()
    # .9 · .1 of the first and .1 + .9 · .1 of the second are left of them.
    expected = orthogonalised(first) + orthogonalised(0.9 * 0.09 * first + 0.19 * second)
    scale = 0.2 * math.sqrt(3)
    torch.testing.assert_close(weights.detach(), -scale * expected)


def test_all_other_weights_move_as_with_adamw_bit_for_bit():
    torch.manual_seed(0)
    start = torch.randn(7, 3)
    first, second = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    matrix = torch.nn.Parameter(torch.randn(4, 4))
    ours = Muon(
        [{"params": [first], "orthogonal": False}, {"params": [matrix], "orthogonal": True}]
    )
    theirs = torch.optim.AdamW([second])
    for _ in range(3):
        first.grad = torch.randn(7, 3)
        second.grad = first.grad.clone()
        matrix.grad = torch.randn(4, 4)
        ours.step()
        theirs.step()
    assert torch.equal(first, second)
