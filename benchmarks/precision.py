"""What a precision changes in the numbers of a model: each beside float32, and its rate.

`python benchmarks/precision.py MODEL DATA [PIXELS]` prints a Markdown table: MODEL is a model
folder, DATA the folder of a manifest and PIXELS its pixel cache, as a study leaves them under
results/models, results/data and results/pixels; without PIXELS the images are rows of one array of
the model's size (MAD). Run it in the folder of the study, since manifests name files from there.
Values are those of the metric table; what follows them is the difference from float32.
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

from modgap.embed.extract import embed_manifest
from modgap.formats.embeddings import Embeddings, read_embeddings
from modgap.measure.table import measure_pair
from modgap.runtime.device import PRECISIONS, choose_device

METRICS = {
    "L2M": ("l2m", "both"),
    "RMG": ("rmg", "both"),
    "R@1 image → text": ("recall@1", "image_to_text"),
    "R@1 text → image": ("recall@1", "text_to_image"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("data", type=Path)
    parser.add_argument("pixels", type=Path, nargs="?")
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--batch-size", type=int, default=500)
    arguments = parser.parse_args()
    columns = ["precision", *METRICS, "smallest cosine with fp32", "items/s"]
    print(f"{arguments.model.name} on {arguments.data.name}, {choose_device(arguments.device)}\n")
    print(f"| {' | '.join(columns)} |\n| --- |{' ---: |' * (len(columns) - 1)}")
    first = None
    for precision in dict.fromkeys(["fp32", *arguments.precisions]):
        clouds, seconds = embed(arguments, precision)
        values = metrics(clouds)
        first = first or (clouds, values)
        print(row(precision, clouds, values, seconds, first), flush=True)


def embed(arguments: argparse.Namespace, precision: str) -> tuple[list[Embeddings], float]:
    """The two clouds, and how long the second of two runs took: the first one warms up."""
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name, "image.parquet"), Path(name, "text.parquet")]
        for _ in range(2):
            start = time.perf_counter()
            embed_manifest(
                arguments.model,
                arguments.data,
                arguments.pixels,
                *paths,
                device=arguments.device,
                precision=precision,
                batch_size=arguments.batch_size,
            )
            seconds = time.perf_counter() - start
        return [read_embeddings(path) for path in paths], seconds


def metrics(clouds: list[Embeddings]) -> dict[str, float]:
    table = measure_pair(*clouds, seed=0, resamples=1)
    values = table.set_index(["metric", "modality"])["value"]
    return {name: float(values[key]) for name, key in METRICS.items()}


def row(
    precision: str,
    clouds: list[Embeddings],
    values: dict[str, float],
    seconds: float,
    first: tuple[list[Embeddings], dict[str, float]],
) -> str:
    cells = [f"{value:.4f} ({value - first[1][name]:+.1e})" for name, value in values.items()]
    nearest = min(smallest_cosine(a, b) for a, b in zip(clouds, first[0], strict=True))
    rate = sum(len(cloud) for cloud in clouds) / seconds
    return f"| {' | '.join([precision, *cells, f'{nearest:.6f}', f'{rate:.0f}'])} |"


def smallest_cosine(cloud: Embeddings, other: Embeddings) -> float:
    lengths = np.linalg.norm(cloud.vectors, axis=1) * np.linalg.norm(other.vectors, axis=1)
    return float((np.einsum("nd,nd->n", cloud.vectors, other.vectors) / lengths).min())


if __name__ == "__main__":
    main()
