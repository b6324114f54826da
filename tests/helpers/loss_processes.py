"""What several processes compute of a loss, each on its share of the pairs."""

import argparse

import numpy as np
import torch
from torch.nn.functional import normalize

from modgap.train.distributed.losses import shard_loss

PAIRS, PROCESSES = 6, 2
ALIKE = ("clip", "sigmoid", "cyclic_consistency", "alignment_uniformity", "dual_cross_entropy")


def pairs() -> tuple[torch.Tensor, ...]:
    """Raw image and text embeddings of all pairs, and the log of the scale."""
    rng = np.random.default_rng(0)
    clouds = (torch.tensor(rng.normal(size=(PAIRS, 5)), dtype=torch.float64) for _ in "xy")
    return *clouds, torch.tensor(1.2, dtype=torch.float64)


def gradients(loss, images, texts, log_scale) -> tuple[float, list[np.ndarray]]:
    """The value of a loss, and its gradients with respect to what is given."""
    leaves = [each.clone().requires_grad_() for each in (images, texts, log_scale)]
    bias = torch.tensor(-2.0, dtype=torch.float64) if loss.initial_bias is not None else None
    unit = (normalize(each, dim=1) for each in leaves[:2])
    value = sum(loss(*unit, leaves[2].exp(), bias).values())
    value.backward()
    return value.item(), [each.grad.numpy() for each in leaves]


def in_a_process(rank: int, folder: str) -> None:
    """What one process computes of its share, for each loss by name."""
    torch.distributed.init_process_group(
        "gloo", f"file://{folder}/store", rank=rank, world_size=PROCESSES
    )
    args = argparse.Namespace(
        rank=rank, world_size=PROCESSES, local_loss=True, gather_with_grad=True
    )
    images, texts, log_scale = pairs()
    share = slice(rank * PAIRS // PROCESSES, (rank + 1) * PAIRS // PROCESSES)
    torch.manual_seed(rank)
    results = {
        name: gradients(shard_loss(name, {}, args), images[share], texts[share], log_scale)
        for name in (*ALIKE, "modality_swapping")
    }
    torch.save({"results": results, "next": torch.rand(1)}, f"{folder}/{rank}.pt")
    torch.distributed.destroy_process_group()
