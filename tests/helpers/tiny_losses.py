"""A small batch of unit embeddings, and losses on it, beside slow ones in plain Python."""

import math

import numpy as np
import torch

from modgap.train.losses.registry import build_loss
from modgap.train.similarity import FeatureSimilarity

N = 7


def features(n=N, d=5, seed=0):
    """Unit rows: images (n, d) and texts (n, d)."""
    rows = np.random.default_rng(seed).standard_normal((2, n, d))
    return rows / np.linalg.norm(rows, axis=2, keepdims=True)


def parts(name, images, texts, scale, bias=None, items=None, **settings):
    """The parts of a loss as numbers."""
    arrays = [torch.tensor(array) for array in (images, texts, np.float64(scale))]
    bias = None if bias is None else torch.tensor(bias)
    items = torch.arange(len(images)) if items is None else torch.tensor(items)
    made = build_loss(name, **settings)(*arrays, bias, output_dict=True, items=items)
    return {key: part.item() for key, part in made.items()}


def value(name, *batch, **settings):
    """A loss as a number."""
    return sum(parts(name, *batch, **settings).values())


def similarity(n=N, seed=5):
    """A similarity of n items, and its matrix (n, n)."""
    rows = np.random.default_rng(seed).standard_normal((n, 3))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return FeatureSimilarity(rows), unit @ unit.T


def soft(row):
    """Softmax of a list."""
    weights = [math.exp(x - max(row)) for x in row]
    return [weight / sum(weights) for weight in weights]


def slow_cross_entropy(targets, logits):
    """−(1/n) Σ_ij P_ij log softmax_j L_ij."""
    total = 0.0
    for wanted, row in zip(targets, logits, strict=True):
        total -= sum(p * math.log(q) for p, q in zip(wanted, soft(list(row)), strict=True))
    return total / len(logits)
