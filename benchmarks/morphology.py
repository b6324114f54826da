"""Speed of MAD's perturbations beside one-variant-at-a-time scikit-image calls.

`python benchmarks/morphology.py` prints a Markdown table of milliseconds per variant on one core:
all 24 variants of each digit, and one variant per digit. The scikit-image column makes the calls
that Morpho-MNIST's operators make for the same variants (without drawing the cuts of a fracture,
so it is a lower bound). All columns take turns; the figures are medians.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
from skimage import morphology, transform
from threadpoolctl import threadpool_limits

from modgap.mad.items import build_variants
from modgap.mad.mnist import fetch_mnist
from modgap.mad.morphology import VARIANTS

SOURCES = Path(__file__).parents[1] / "config" / "sources.tsv"


def one_by_one(image: np.ndarray, variant: int) -> np.ndarray:
    thickness, swelling, fracture, scale = VARIANTS[variant]
    ink = transform.pyramid_expand(image, upscale=4, order=3) >= 0.5
    if thickness:
        axis, distance = morphology.medial_axis(ink, return_distance=True)
        change = morphology.erosion if thickness == 2 else morphology.dilation
        ink = change(ink, morphology.disk(int(0.7 * distance[axis].mean())))
    if swelling:
        axis, distance = morphology.medial_axis(ink, return_distance=True)
        radius = 7 * np.sqrt(distance[axis].mean() / 2) / 2 * 4
        ink = transform.warp(ink, lambda xy: xy * np.minimum(np.abs(xy) / radius, 1))
    if fracture:
        morphology.medial_axis(ink, return_distance=True)
    out = transform.pyramid_reduce(ink, downscale=4, order=3)
    return transform.rescale(out, 0.75, anti_aliasing=False) if scale else out


def milliseconds(work, count: int) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / count * 1000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--items", type=int, default=960)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    threadpool_limits(1)
    with tempfile.TemporaryDirectory() as folder:
        fetch_mnist(folder, None, SOURCES)
        images = np.load(Path(folder) / "train_images.npy")[: arguments.items]
    items = np.arange(len(images))

    def batched(rows):
        build_variants(images, rows, items % 24, seed=(0,), workers=1)

    def reference():
        for item in items[:48]:
            one_by_one(images[item // 24], item % 24)

    # Median of rounds in which every way has its turn, since other load comes and goes.
    works = {
        "24 variants of each digit": (lambda: batched(items // 24), len(items)),
        "1 variant of each digit": (lambda: batched(items), len(items)),
        "scikit-image, one by one": (reference, 48),
    }
    rounds = [
        {name: milliseconds(*work) for name, work in works.items()} for _ in range(arguments.rounds)
    ]
    print("| way | ms per variant | times faster than scikit-image |\n|---|---|---|")
    for name in works:
        taken = statistics.median(r[name] for r in rounds)
        ratio = statistics.median(r["scikit-image, one by one"] / r[name] for r in rounds)
        print(f"| {name} | {taken:.2f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
