"""Object bias: MOAD and the separations it is the difference of.

Source: Schrodi et al., Two Effects, One Trigger (ICLR 2025), section 5. For one factor (object, or
an attribute), sim₊ and sim₋ are the mean cosine over pairs of different items with the same and
with a different label, all pairs pooled over classes; the separation is sim₊ − sim₋. With Σ_c the
sum of the unit vectors of class c, sim₊ needs only ‖Σ_c‖², and no N × N matrix.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from modgap.errors import InputError
from modgap.metrics.checks import check_codes, embeddings
from modgap.metrics.rows import add_up, precision, unit_block

# Factors are added up jointly, one cell per combination of labels, while the cells stay few.
_MOST_CELLS = 4096


def moad(vectors: Any, objects: Any, attributes: Any) -> float:
    """Modality-internal object-attribute difference, separation(objects) − separation(attributes).

    Above 0 the embeddings are sorted by object, below 0 by attribute; swapping the two changes the
    sign. (The official code takes only the upper triangle of each block of different labels; this
    follows the definition.)

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.
    objects, attributes
        (N,) labels, numbers or strings.

    Returns
    -------
    float
        In [−4, 4].

    Raises
    ------
    InputError
        Naming the argument and row, for what `separations` refuses.

    References
    ----------
    Schrodi et al., Two Effects, One Trigger (ICLR 2025), section 5.

    Examples
    --------
    >>> moad([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], [0, 0, 1, 1], [0, 1, 0, 1])
    1.5
    """
    by_factor = separations(vectors, {"objects": objects, "attributes": attributes})
    return by_factor["objects"] - by_factor["attributes"]


def separations(vectors: Any, factors: Mapping[str, Any], name: str = "vectors") -> dict:
    """sim₊ − sim₋ of each factor, from one reading of the embeddings.

    sim₊ and sim₋ are the mean cosine of different items with the same and with another label.

    Parameters
    ----------
    vectors
        (N, d) embeddings of one modality; rows are made unit length.
    factors
        Name → (N,) labels, numbers or strings.
    name
        What error messages call `vectors`.

    Returns
    -------
    dict
        Name → separation, in [−2, 2].

    Raises
    ------
    InputError
        For labels of the wrong length or missing, for a factor whose items all have one label or
        each their own (one of the two means is then empty), and for rows that are not finite or are
        zero.

    References
    ----------
    As `moad`.

    Examples
    --------
    >>> separations([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]], {"side": list("aabb")})
    {'side': 1.0}
    """
    vectors = embeddings(vectors, name)
    codes = {key: check_codes(labels, len(vectors), key) for key, labels in factors.items()}
    counts = {key: np.bincount(code).astype(np.float64) for key, code in codes.items()}
    for key, count in counts.items():
        check_counts(count, key)
    sums = _class_sums(vectors, name, codes)
    return {
        key: float(
            separation((sums[key] ** 2).sum(), _square(sums[key]), counts[key], len(vectors))
        )
        for key in codes
    }


def separation(within: Any, whole: Any, counts: np.ndarray, own: Any) -> Any:
    """sim₊ − sim₋ from sums of unit vectors.

    `within` = Σ_c ‖Σ_c‖², `whole` = ‖Σ_c Σ_c‖²; `counts` (..., C) items per class; `own` = how many
    of the pairs in `within` are an item with itself: they are left out.
    """
    same = (counts**2).sum(-1) - own
    different = counts.sum(-1) ** 2 - (counts**2).sum(-1)
    return (within - own) / same - (whole - within) / different


def check_counts(counts: np.ndarray, name: str) -> None:
    """Raise `InputError` if items per class leave no pair alike or no pair different."""
    if (counts > 0).sum() < 2:
        raise InputError(f"{name}: all items have one label; expected at least two classes")
    if counts.max() < 2:
        raise InputError(f"{name}: no two items share a label; expected a class with two items")


def _square(sums: np.ndarray) -> float:
    total = sums.sum(axis=0)
    return float(total @ total)


def _class_sums(vectors: Any, name: str, codes: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    from scipy.sparse import csc_array  # 0.3 s to import

    sizes = tuple(int(code.max()) + 1 for code in codes.values())
    joint = bool(np.prod(sizes, dtype=float) <= _MOST_CELLS)
    groups = list(codes.values())
    if joint:
        groups, sizes_of = [np.ravel_multi_index(groups, sizes)], [int(np.prod(sizes))]
    else:
        sizes_of = list(sizes)

    dtype = precision(vectors)

    def block(part: slice) -> tuple:
        rows, weight = unit_block(vectors, name, part, dtype)
        columns = np.arange(len(rows) + 1)
        # One entry per column: row i of the block goes, unit length, to the sum of its class.
        return tuple(
            csc_array((weight, group[part], columns), shape=(size, len(rows))) @ rows
            for group, size in zip(groups, sizes_of, strict=True)
        )

    # Blocks of the larger size in any type: a sparse product costs more to set up than to do.
    sums = add_up(len(vectors), vectors.shape[1], np.float32, block)
    if not joint:
        return dict(zip(codes, sums, strict=True))
    cells = sums[0].reshape(*sizes, -1)
    axes = range(len(sizes))
    return {
        key: cells.sum(axis=tuple(other for other in axes if other != axis))
        for axis, key in enumerate(codes)
    }
