"""MAD (Multimodal Attributes and Digits): MNIST digits with drawn attributes.

Schrodi et al. 2025: 24 variants of each digit in shape, times 7 colours. Items are gray pixels
and labels; colours are applied when pixels are used, so that training draws them anew.
"""

import multiprocessing
from collections.abc import Collection, Iterator
from concurrent.futures import ProcessPoolExecutor

import cv2
import numpy as np

from modgap.errors import InputError
from modgap.mad.captions import FACTORS
from modgap.mad.colours import COLOURS
from modgap.mad.morphology import DRAWS, VARIANTS, perturb
from modgap.runtime.progress import Progress

SPLITS = ("train", "test")
# Items that one process perturbs at a time; no result depends on it.
_CHUNK = 256


def build_mad(
    images: np.ndarray,
    digits: np.ndarray,
    *,
    split: str,
    items: int,
    variants_per_image: int,
    seed: int,
    workers: int,
    hidden: Collection[str] = (),
) -> tuple[np.ndarray, np.ndarray]:
    """Build one split of MAD: gray pixels (items, 28, 28) and labels (items, 6), both uint8.

    `images` (n, 28, 28) and `digits` (n,) are that split of MNIST. Labels are value numbers in
    the order of `modgap.mad.captions.FACTORS`. Each image used has up to `variants_per_image`
    different variants, and all variants and all colours are equally frequent (±1). The first
    items have distinct images. The result depends on `split` and `seed`, not on `workers`. Factors
    of shape that are `hidden` are in the labels; the pixels have their first value instead.

    Raises `InputError` if MNIST has too few images for that many items.
    """
    available = len(images) * variants_per_image
    if not 0 < items <= available:
        raise InputError(
            f"mad.{split}_items: {items}; {len(images)} MNIST {split} images in "
            f"{variants_per_image} variants (mad.variants_per_image) give 1 to {available} items"
        )
    stream = (seed, SPLITS.index(split))
    rng = np.random.default_rng(stream)
    used = -(-items // variants_per_image)
    # Item t: image t modulo the images used; each image continues the cycle of variants.
    turn, place = np.divmod(np.arange(items), used)
    rows = rng.permutation(len(images))[:used][place]
    variants = (place * variants_per_image + turn) % len(VARIANTS)
    colours = rng.permutation(np.arange(items) % len(COLOURS))
    labels = np.column_stack([digits[rows], VARIANTS[variants], colours]).astype(np.uint8)
    shown = _without(variants, hidden)
    return build_variants(images, rows, shown, seed=stream, workers=workers), labels


def _without(variants: np.ndarray, hidden: Collection[str]) -> np.ndarray:
    """The variants that differ from these by the first value of each hidden factor of shape."""
    values = VARIANTS[variants]
    shapes = FACTORS[1 : 1 + values.shape[1]]
    values[:, [shapes.index(factor) for factor in shapes if factor in hidden]] = 0
    return np.ravel_multi_index(values.T, VARIANTS.max(axis=0) + 1)


def build_variants(
    images: np.ndarray,
    rows: np.ndarray,
    variants: np.ndarray,
    *,
    seed: tuple[int, ...],
    workers: int,
) -> np.ndarray:
    """Perturbed digits (m, 28, 28) uint8: item i is image `rows[i]` in variant `variants[i]`.

    An item depends on the image, `seed`, its row and its variant alone. Raises `InputError`
    naming the first blank image, which has no strokes to perturb.
    """
    blank = (images.max(axis=(1, 2)) == images.min(axis=(1, 2)))[rows]
    if blank.any():
        raise InputError(f"MNIST: image {rows[blank][0]} is blank; it has no strokes to perturb")
    # Items of one image stand together, so that a chunk shares what they have in common.
    order = np.argsort(rows, kind="stable")
    chunks = [order[start : start + _CHUNK] for start in range(0, len(order), _CHUNK)]
    jobs = (_job(images, rows[chunk], variants[chunk], seed) for chunk in chunks)
    out = np.empty((len(rows), *images.shape[1:]), dtype=np.uint8)
    progress = Progress(len(rows), "MAD items")
    for chunk, pixels in zip(chunks, _run(jobs, workers), strict=True):
        out[chunk] = pixels
        progress.add(len(chunk))
    return out


def _job(images: np.ndarray, rows: np.ndarray, variants: np.ndarray, seed: tuple) -> tuple:
    names, rows = np.unique(rows, return_inverse=True)
    return images[names], names, rows, variants, seed


def _run(jobs: Iterator[tuple], workers: int) -> Iterator[np.ndarray]:
    # Ends OpenCV's threads: a forked process that needs them waits for threads it does not have.
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        if workers <= 1 or "fork" not in multiprocessing.get_all_start_methods():
            yield from map(_perturb, jobs)
            return
        # Forked: a fresh interpreter would first run the main script again.
        context = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, context) as pool:
            yield from pool.map(_perturb, jobs)
    finally:
        cv2.setNumThreads(threads)


def _perturb(job: tuple) -> np.ndarray:
    images, names, rows, variants, seed = job
    # One table of draws per image, so that no variant depends on which others are asked for.
    tables = [np.random.default_rng((*seed, name)).random((len(VARIANTS), DRAWS)) for name in names]
    return perturb(images, rows, variants, np.array(tables)[rows, variants])
