"""Each metric beside a plain full-matrix version, same data, same run, as a Markdown table.

Run: PYTHONPATH=workflow python benchmarks/metrics.py [--quick] [--repeats 5]

The plain versions do what is usually written: build the whole similarity matrix and index it. Both
versions take turns; the ratio is the median over turns. Peak memory is that of one more call, alone
in a forked process, above the process with the inputs in it. Nothing else should be running.
"""

import argparse
import gc
import multiprocessing
import resource
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from modgap import (
    cross_modal_neighbours,
    effective_rank,
    gap,
    l2i,
    logit_entropy,
    moad,
    neighbourhood_distance,
    recall_at_k,
    similarity_spread,
    uniformity,
    zero_shot_accuracy,
)


@dataclass(frozen=True)
class Sizes:
    """How large the made-up data are."""

    images: int
    captions: int
    dimensions: int
    classes: int
    mixed: int
    pairs: int


COCO = Sizes(5000, 5, 512, 1000, 4000, 1_000_000)
QUICK = Sizes(200, 5, 64, 20, 200, 20_000)


class Data:
    """Images, five captions each, labels and class prompts: random, unit length, float32."""

    def __init__(self, sizes: Sizes):
        rng = np.random.default_rng(0)
        n, m = sizes.images, sizes.images * sizes.captions
        self.x = _unit(rng, n, sizes.dimensions)
        self.y = _unit(rng, m, sizes.dimensions)
        self.prompts = _unit(rng, sizes.classes, sizes.dimensions)
        self.owner = np.arange(m) // sizes.captions
        self.pairs = np.column_stack([self.owner, np.arange(m)])
        self.objects, self.attributes = rng.integers(20, size=m), rng.integers(7, size=m)
        self.labels = rng.permutation(n) % sizes.classes
        self.few = min(100, sizes.classes)
        self.mixed = sizes.mixed


def _unit(rng: np.random.Generator, rows: int, dimensions: int) -> np.ndarray:
    x = rng.standard_normal((rows, dimensions), dtype=np.float32)
    for start in range(0, rows, 10_000):
        block = x[start : start + 10_000]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return x


def plain_gap(data: Data) -> float:
    def intra(x: np.ndarray) -> float:
        distances = (1 - x @ x.T) / 2
        np.fill_diagonal(distances, 0)
        return float(distances.sum(dtype=np.float64) / (len(x) * (len(x) - 1)))

    between = ((1 - data.x @ data.y.T) / 2)[data.owner, np.arange(len(data.y))].mean()
    rmg = between / (between + (intra(data.x) + intra(data.y)) / 2)
    return float(rmg + np.linalg.norm(data.x.mean(0) - data.y.mean(0)))


def plain_l2i(data: Data) -> float:
    return float(np.linalg.norm(data.x[data.owner] - data.y, axis=1).mean())


def plain_moad(data: Data) -> float:
    def separation(cosines: np.ndarray, labels: np.ndarray) -> float:
        same = labels[:, None] == labels
        different = ~same
        np.fill_diagonal(same, False)
        return float(cosines[same].mean() - cosines[different].mean())

    cosines = data.y @ data.y.T
    return separation(cosines, data.objects) - separation(cosines, data.attributes)


def plain_recall(data: Data) -> list[float]:
    cosines = data.x @ data.y.T
    by_image, by_text = np.argsort(-cosines, axis=1), np.argsort(-cosines.T, axis=1)
    return [
        hits
        for k in (1, 5, 10)
        for hits in (
            (data.owner[by_image[:, :k]] == np.arange(len(data.x))[:, None]).any(1).mean(),
            (by_text[:, :k] == data.owner[:, None]).any(1).mean(),
        )
    ]


def plain_zero_shot(data: Data) -> float:
    return float((np.argmax(data.x @ data.prompts.T, axis=1) == data.labels).mean())


def plain_entropy(data: Data) -> float:
    logits = 100 * (data.x @ data.y.T)
    chances = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    return float(-(chances * np.log(chances + 1e-30)).sum(axis=1).mean())


def plain_uniformity(data: Data) -> float:
    distances = 2 - 2 * (data.x @ data.x.T)
    return float(np.log(np.exp(-2 * distances[np.triu_indices(len(data.x), 1)]).mean()))


def plain_neighbours(data: Data) -> float:
    both = np.concatenate([data.x[: data.mixed], data.y[: data.mixed]])
    side = np.repeat([0, 1], len(both) // 2)
    cosines = both @ both.T
    np.fill_diagonal(cosines, -2)
    nearest = np.argsort(-cosines, axis=1)[:, :10]
    return float((side[nearest] != side[:, None]).mean())


def plain_neighbourhood(data: Data) -> float:
    few = data.labels < data.few
    labels, prompts = data.labels[few], data.prompts[: data.few]
    cosines, total = data.x[few] @ data.x[few].T, 0
    mean = np.array(
        [
            [cosines[np.ix_(labels == a, labels == b)].mean() for b in range(data.few)]
            for a in range(data.few)
        ]
    )
    by_image = np.argsort(np.argsort(-mean, axis=1), axis=1)
    by_text = np.argsort(np.argsort(-prompts @ prompts.T, axis=1), axis=1)
    for a in range(data.few):
        for b in range(a):
            total += ((by_image[:, a] < by_image[:, b]) != (by_text[:, a] < by_text[:, b])).sum()
    return float(total / (data.few * data.few * (data.few - 1) / 2))


def our_neighbourhood(data: Data) -> float:
    few = data.labels < data.few
    prompts = data.prompts[: data.few]
    return neighbourhood_distance(data.x[few], data.labels[few], prompts).distance


def our_gap(data: Data) -> float:
    parts = gap(data.x, data.y, data.pairs)
    return parts.rmg + parts.l2m


def our_recall(data: Data) -> list[float]:
    recall = recall_at_k(data.x, data.y, data.pairs)
    return [way[k] for k in (1, 5, 10) for way in (recall.image_to_text, recall.text_to_image)]


CASES: dict[str, tuple[Callable[[Data], object], Callable[[Data], object]]] = {
    "L2M + RMG": (our_gap, plain_gap),
    "L2I": (lambda d: l2i(d.x, d.y, d.pairs), plain_l2i),
    "MOAD": (lambda d: moad(d.y, d.objects, d.attributes), plain_moad),
    "recall@1, 5, 10 both ways": (our_recall, plain_recall),
    "zero-shot": (lambda d: zero_shot_accuracy(d.x, d.prompts, d.labels)[1], plain_zero_shot),
    "logit entropy": (lambda d: logit_entropy(d.x, d.y, 100), plain_entropy),
    "uniformity": (lambda d: uniformity(d.x), plain_uniformity),
    "cross-modal neighbours": (
        lambda d: cross_modal_neighbours(d.x[: d.mixed], d.y[: d.mixed]),
        plain_neighbours,
    ),
    "neighbourhood distance": (our_neighbourhood, plain_neighbourhood),
    "effective rank": (
        lambda d: effective_rank(d.x),
        lambda d: _rank(np.linalg.svd(d.x - d.x.mean(0), compute_uv=False)),
    ),
    "similarity spread": (
        lambda d: similarity_spread(d.x, d.y),
        lambda d: float((d.x @ d.y.T).std(dtype=np.float64)),
    ),
}


def _rank(values: np.ndarray) -> float:
    shares = values[values > 0] / values.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


def seconds(work: Callable[[], object]) -> float:
    gc.collect()
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def in_turns(ours: Callable, plain: Callable, repeats: int) -> tuple[float, float, float]:
    """Median seconds of each, and the median ratio plain / ours, of calls that take turns."""
    times = [(seconds(ours), seconds(plain)) for _ in range(repeats)]
    first, second = (statistics.median(column) for column in zip(*times, strict=True))
    return first, second, statistics.median(b / a for a, b in times)


def peak(work: Callable[[], object]) -> float:
    """MB that a call needs at its peak above what the process held before it."""
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)

    def measured() -> None:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        sender.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)

    process = context.Process(target=measured)
    process.start()
    process.join()
    if process.exitcode:
        raise RuntimeError(f"measuring memory failed with exit code {process.exitcode}")
    return receiver.recv()


def metric_rows(data: Data, repeats: int) -> Iterator[str]:
    yield "| metric | ours, s | plain, s | plain / ours | ours, MB | plain, MB |"
    yield "|---|--:|--:|--:|--:|--:|"
    for name, (ours, plain) in CASES.items():
        agree = np.allclose(ours(data), plain(data), rtol=1e-3, atol=1e-4)
        fast, slow, ratio = in_turns(lambda f=ours: f(data), lambda f=plain: f(data), repeats)
        memory = [peak(lambda f=work: f(data)) for work in (ours, plain)]
        yield (
            f"| {name}{'' if agree else ' (VALUES DIFFER)'} | {fast:.3f} | {slow:.3f} | "
            f"{ratio:.1f} | {memory[0]:.0f} | {memory[1]:.0f} |"
        )


def bound_rows(data: Data, pairs: int, repeats: int) -> Iterator[str]:
    yield "| against the least work possible | ours, s | that work, s | ours / that | ours, MB |"
    yield "|---|--:|--:|--:|--:|"

    def recall() -> object:
        return our_recall(data)

    fast, least, ratio = in_turns(recall, lambda: data.x @ data.y.T, repeats)
    yield (
        f"| recall@1, 5, 10 both ways; bare float32 matrix product | {fast:.3f} | {least:.3f} | "
        f"{1 / ratio:.2f} | {peak(recall):.0f} |"
    )
    rng = np.random.default_rng(1)
    x, y = (_unit(rng, pairs, data.x.shape[1]) for _ in range(2))
    objects, attributes = rng.integers(10, size=pairs), rng.integers(7, size=pairs)

    def closed_forms() -> object:
        return gap(x, y), moad(x, objects, attributes)

    fast, least, ratio = in_turns(closed_forms, lambda: (x.sum(), y.sum()), repeats)
    yield (
        f"| L2M + RMG + MOAD of {pairs:,} pairs; adding up both arrays | {fast:.3f} | "
        f"{least:.3f} | {1 / ratio:.2f} | {peak(closed_forms):.0f} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="small data, a few seconds")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    sizes = QUICK if options.quick else COCO
    data = Data(sizes)
    print(f"{len(data.x)} images, {len(data.y)} captions, {data.x.shape[1]} dimensions\n")
    for row in metric_rows(data, options.repeats):
        print(row, flush=True)
    print()
    for row in bound_rows(data, sizes.pairs, options.repeats):
        print(row, flush=True)


if __name__ == "__main__":
    main()
