"""What is known of a training set's items before training: how alike they are, and how a teacher
embeds them.

It is looked up by the item numbers that a batch carries, and is never trained.
"""

import numpy as np
import torch
from torch.nn.functional import normalize

from modgap.errors import InputError

# Keeps the permutation apart from every other stream of the same seed.
_STREAM = 41


class ItemTable(torch.nn.Module):
    """Something of each item of a training set, by its number; `len` is how many items it has."""

    def __len__(self) -> int:
        raise NotImplementedError

    def rows(self, items: torch.Tensor | None) -> torch.Tensor:
        """The numbers, checked. Raises `InputError` for a batch that does not carry them."""
        if items is None:
            raise InputError(
                "this loss looks items up by their number, and the batch carries none; train with "
                "a source that numbers its items"
            )
        return items


class Similarity(ItemTable):
    """How alike two items are: called with the numbers (n,) of items it gives S (n, n)."""


class FeatureSimilarity(Similarity):
    """The mean, over encoders, of the cosine of two items' features.

    S_ij = [cos(m_i(I_i), m_i(I_j)) + cos(m_t(T_i), m_t(T_j))] / 2 for features of images and texts
    by encoders m_i, m_t of one modality each; with one of them its cosine alone.

    Parameters
    ----------
    features
        One (N, d) array per encoder, a row per item, unit length or not.

    Raises
    ------
    InputError
        If there are none, or they have different numbers of items.

    Examples
    --------
    >>> alike = FeatureSimilarity(np.array([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]]))
    >>> alike(torch.tensor([0, 2, 1])).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """

    def __init__(self, *features: np.ndarray):
        super().__init__()
        if len({len(each) for each in features}) != 1:
            counts = ", ".join(str(len(each)) for each in features) or "none"
            raise InputError(f"features of {counts} items; expected one row per item from each")
        for number, each in enumerate(features):
            unit = normalize(torch.from_numpy(np.asarray(each, np.float32)), dim=1)
            self.register_buffer(f"features{number}", unit)
        self.count = len(features)

    def __len__(self) -> int:
        return len(self.features0)

    def forward(self, items: torch.Tensor | None) -> torch.Tensor:
        """S (n, n) of the items with these numbers."""
        chosen = [getattr(self, f"features{k}")[self.rows(items)] for k in range(self.count)]
        return sum(each @ each.T for each in chosen) / self.count


class LabelSimilarity(Similarity):
    """The share of labels that two items have in common.

    Parameters
    ----------
    labels
        (N, f) integers, a row per item and a column per factor.

    Raises
    ------
    InputError
        If there is no factor.

    Examples
    --------
    >>> LabelSimilarity(np.array([[1, 5], [1, 6]]))(torch.tensor([0, 1])).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """

    def __init__(self, labels: np.ndarray):
        super().__init__()
        if np.ndim(labels) != 2 or not np.shape(labels)[1]:
            raise InputError(f"labels of shape {np.shape(labels)}; expected a column per factor")
        self.register_buffer("labels", torch.from_numpy(np.asarray(labels, np.int64)))

    def __len__(self) -> int:
        return len(self.labels)

    def forward(self, items: torch.Tensor | None) -> torch.Tensor:
        """S (n, n) of the items with these numbers."""
        chosen = self.labels[self.rows(items)]
        return (chosen[:, None] == chosen).float().mean(dim=2)


class Permuted(Similarity):
    """The similarities of other items: S of i and j is that of π(i) and π(j).

    As soft and as structured as the true ones, and of nothing that the items have in common. The
    permutation π of all items is drawn once.

    Parameters
    ----------
    similarity
        The true one.
    seed
        Of the draw.
    """

    def __init__(self, similarity: Similarity, seed: int):
        super().__init__()
        self.similarity = similarity
        order = np.random.default_rng((seed, _STREAM)).permutation(len(similarity))
        self.register_buffer("order", torch.from_numpy(order))

    def __len__(self) -> int:
        return len(self.order)

    def forward(self, items: torch.Tensor | None) -> torch.Tensor:
        """S (n, n) of the items that stand for those with these numbers."""
        return self.similarity(self.order[self.rows(items)])


class Teacher(ItemTable):
    """The logits of a model that stays as it is, from its embeddings of the training set.

    Parameters
    ----------
    images, texts
        (N, d) each, row i of either is item i, unit length or not.
    scale
        Its logit scale.

    Raises
    ------
    InputError
        If images and texts are not as many.
    """

    def __init__(self, images: np.ndarray, texts: np.ndarray, scale: float):
        super().__init__()
        if len(images) != len(texts):
            raise InputError(
                f"teacher: {len(images)} images and {len(texts)} texts; expected pairs"
            )
        for name, each in (("images", images), ("texts", texts)):
            unit = normalize(torch.from_numpy(np.asarray(each, np.float32)), dim=1)
            self.register_buffer(name, unit)
        self.scale = scale

    def __len__(self) -> int:
        return len(self.images)

    def forward(self, items: torch.Tensor | None) -> torch.Tensor:
        """Logits (n, n) of the items with these numbers, a row per image."""
        rows = self.rows(items)
        return self.scale * self.images[rows] @ self.texts[rows].T
