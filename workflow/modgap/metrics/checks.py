"""Input of the metrics: what is taken, and how it is refused (argument and row)."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from modgap.errors import InputError

# Similarities closer than this count as equal: a float32 product of unit vectors is no finer.
TIE = 1e-6
# Two unit rows are the same item if they are nearer than this share of their cloud's spread (the
# root mean squared distance from its centre). One text encoded in two batches differs by 1e-7 in
# float32 and 1e-3 in float16, different texts of a trained model by more than 1e-2; relative, so
# that nearly all items of a model that has collapsed are not one.
SAME = 2e-3


@dataclass(frozen=True)
class UnitRows:
    """Rows (n, d) that have been checked and made unit length, in float32 (`rows.as_unit`).

    Metrics take them in place of a raw array and neither check nor normalise them again. `weights`
    (n,) float64 multiply each row to undo what rounding to float32 did to its length.
    """

    vectors: np.ndarray
    weights: np.ndarray

    @property
    def shape(self) -> tuple[int, int]:
        """(n, d)."""
        return self.vectors.shape

    def __len__(self) -> int:
        return len(self.vectors)

    def select(self, rows: np.ndarray) -> "UnitRows":
        """Some of the rows."""
        return UnitRows(self.vectors[rows], self.weights[rows])


def is_tensor(x: Any) -> bool:
    """Whether `x` is a torch tensor (asked without importing torch)."""
    return type(x).__module__.split(".")[0] == "torch" and hasattr(x, "detach")


def embeddings(x: Any, name: str) -> Any:
    """`x` as an (n, d) array of at least two rows, not copied and not normalised.

    NumPy arrays (memory maps too), nested lists and torch tensors are taken. A tensor on the CPU
    becomes the NumPy array that shares its memory; one on another device stays there. Values are
    looked at where they are used (`unit_block`). `UnitRows` have been seen to and stay as they are.
    Raises `InputError` naming the argument.
    """
    if isinstance(x, UnitRows):
        return x
    x = _tensor(x) if is_tensor(x) else np.asarray(x)
    if isinstance(x, np.ndarray) and x.dtype.kind not in "fiu":
        raise InputError(
            f"{name}: dtype {x.dtype}, expected floating-point numbers; an array of objects or "
            "strings is not read, convert it with numpy.array(..., dtype='float32')"
        )
    if x.ndim != 2 or x.shape[1] == 0:
        raise InputError(f"{name}: shape {tuple(x.shape)}, expected (items, dimensions)")
    if len(x) < 2:
        raise InputError(f"{name}: {len(x)} row(s), expected at least 2 items")
    return x


def _tensor(x: Any) -> Any:
    x = x.detach()
    if x.device.type != "cpu":
        return x
    return (x.float() if str(x.dtype) == "torch.bfloat16" else x).numpy()


def embedding_pair(images: Any, texts: Any, names: tuple[str, str] = ("images", "texts")) -> tuple:
    """Both clouds checked, with the same number of dimensions."""
    images, texts = embeddings(images, names[0]), embeddings(texts, names[1])
    if images.shape[1] != texts.shape[1]:
        raise InputError(
            f"{names[0]} have {images.shape[1]} dimensions and {names[1]} {texts.shape[1]}; "
            "expected embeddings of one shared space"
        )
    return images, texts


def check_pairs(pairs: Any, images: int, texts: int) -> np.ndarray:
    """`pairs` as (P, 2) rows of images and texts; None pairs row i with row i.

    Raises `InputError` naming the first pair that is out of range.
    """
    if pairs is None:
        if images != texts:
            raise InputError(
                f"pairs: {images} images and {texts} texts; without `pairs` row i matches row i, "
                "so the numbers must agree. Give pairs of shape (P, 2): image row, text row"
            )
        return np.repeat(np.arange(images)[:, None], 2, axis=1)
    pairs = np.asarray(pairs.detach().cpu() if is_tensor(pairs) else pairs)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or len(pairs) == 0 or pairs.dtype.kind not in "iu":
        raise InputError(
            f"pairs: shape {pairs.shape} of {pairs.dtype}, expected (P, 2) integers: "
            "image row, text row"
        )
    for column, (side, count) in enumerate((("image", images), ("text", texts))):
        bad = np.flatnonzero((pairs[:, column] < 0) | (pairs[:, column] >= count))
        if len(bad):
            raise InputError(
                f"pairs: row {bad[0]} names {side} row {pairs[bad[0], column]}, expected "
                f"0 to {count - 1}"
            )
    return pairs.astype(np.intp, copy=False)


def check_codes(labels: Any, items: int, name: str) -> np.ndarray:
    """One label per item as class numbers 0…C−1 (small non-negative integers are kept as given).

    Raises `InputError` for a wrong length or a missing label, naming the row.
    """
    labels = np.asarray(labels.detach().cpu() if is_tensor(labels) else labels)
    if labels.shape != (items,):
        raise InputError(f"{name}: shape {labels.shape}, expected one label for each of {items}")
    if labels.dtype.kind in "iu" and labels.min() >= 0 and labels.max() < 4096:
        return labels.astype(np.intp, copy=False)
    missing = np.flatnonzero(np.frompyfunc(_is_missing, 1, 1)(labels))
    if len(missing):
        raise InputError(f"{name}: row {missing[0]} has no label; drop the item or label it")
    return np.unique(labels.astype(str) if labels.dtype == object else labels, return_inverse=True)[
        1
    ]


def _is_missing(label: Any) -> bool:
    return label is None or type(label).__name__ == "NAType" or label != label


def check_classes(labels: Any, items: int, classes: int, name: str) -> np.ndarray:
    """One class row 0…`classes`−1 per item; raises `InputError` naming the row that is not."""
    labels = np.asarray(labels.detach().cpu() if is_tensor(labels) else labels)
    if labels.shape != (items,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"{name}: shape {labels.shape} of {labels.dtype}, expected the class row (an integer) "
            f"of each of {items} items"
        )
    bad = np.flatnonzero((labels < 0) | (labels >= classes))
    if len(bad):
        raise InputError(
            f"{name}: row {bad[0]} is class {labels[bad[0]]}, expected 0 to {classes - 1}"
        )
    return labels.astype(np.intp, copy=False)


def check_ks(ks: Any) -> tuple[int, ...]:
    """The cut-offs of a top-k metric; raises `InputError` unless all are positive integers."""
    ks = tuple(ks)
    if not ks or any(not isinstance(k, (int, np.integer)) or k < 1 for k in ks):
        raise InputError(f"ks: {ks}, expected positive integers")
    return ks
