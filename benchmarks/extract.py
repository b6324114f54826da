"""Images per second of extraction, beside the bare forward pass and a plain DataLoader loop.

`python benchmarks/extract.py` prints a Markdown table. Per model and round, one after the other:
ours from a warm pixel cache; the model alone on batches that are ready tensors on the device; a
DataLoader that reads the same pixel cache; and one that decodes every image again with open_clip's
own transform. Weights are random. Rates and ratios are medians over the rounds.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import open_clip
import torch
from PIL import Image
from safetensors.torch import save_file

from modgap.data.draft import captions_table, images_table
from modgap.embed.encoder import Encoder, load_encoder
from modgap.embed.extract import encode_images
from modgap.embed.pixels import PixelCache, build_pixel_cache
from modgap.formats.files import sha256
from modgap.formats.manifest import Manifest, write_manifest
from modgap.runtime.device import autocast, choose_device, input_dtype

SMALL = {
    "embed_dim": 64,
    "vision_cfg": {"image_size": 224, "layers": 4, "width": 64, "head_width": 32, "patch_size": 32},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 2, "layers": 1},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", nargs="+", default=["small", "ViT-B-32"])
    parser.add_argument("--images", type=Path, help="folder of images (default: generated JPEGs)")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="fp32")
    parser.add_argument("--workers", type=int, default=os.cpu_count(), help="of the DataLoader")
    arguments = parser.parse_args()
    device = choose_device(arguments.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    print(f"{name}, {arguments.precision}, images/s\n")
    columns = ["model", "ours", "bare forward", "DataLoader of the cache", "decoding DataLoader"]
    columns += ["ours / bare", "ours / of the cache", "ours / decoding"]
    print(f"| {' | '.join(columns)} |\n| --- |{' ---: |' * (len(columns) - 1)}")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        paths = image_paths(arguments.images, work / "images", arguments.count)
        save_manifest(work / "data", paths)
        for model in arguments.models:
            encoder = load_encoder(save_model(work / model, model), device, arguments.precision)
            cache = build_pixel_cache(
                work / "data", encoder.preprocessing, work / "pixels" / encoder.preprocessing.key
            )
            print(row(model, encoder, cache, paths, arguments), flush=True)


def row(
    model: str,
    encoder: Encoder,
    cache: PixelCache,
    paths: list[Path],
    arguments: argparse.Namespace,
) -> str:
    ready = ready_batches(encoder, cache, arguments.batch_size)
    loops = (
        lambda: encode_images(encoder, cache, arguments.batch_size),
        lambda: bare(encoder, ready),
        lambda: cached_loader(encoder, cache, arguments.batch_size, arguments.workers),
        lambda: data_loader(encoder, paths, arguments.batch_size, arguments.workers),
    )
    for loop in loops[:3]:
        loop()
    rounds = [
        [len(paths) / timed(loop, encoder.device) for loop in loops]
        for _ in range(arguments.rounds)
    ]
    ours, *others = np.array(rounds).T
    cells = [f"{rate:.0f}" for rate in np.median(rounds, axis=0)]
    cells += [f"{np.median(ours / other):.2f}" for other in others]
    return f"| {' | '.join([model, *cells])} |"


def timed(run: Callable[[], object], device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    start = time.perf_counter()
    run()
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return time.perf_counter() - start


def ready_batches(encoder: Encoder, cache: PixelCache, size: int) -> list[torch.Tensor]:
    dtype = input_dtype(encoder.precision)
    return [
        encoder.prepare(torch.from_numpy(cache.batch(i, i + size)).to(encoder.device)).to(dtype)
        for i in range(0, len(cache), size)
    ]


@torch.inference_mode()
def bare(encoder: Encoder, ready: list[torch.Tensor]) -> list[torch.Tensor]:
    with autocast(encoder.precision, encoder.device):
        return [encoder.model.encode_image(batch) for batch in ready]


@torch.inference_mode()
def cached_loader(encoder: Encoder, cache: PixelCache, size: int, workers: int) -> list:
    on_gpu = encoder.device.type == "cuda"
    batches = Batches(cache, size)
    loader = torch.utils.data.DataLoader(batches, None, num_workers=workers, pin_memory=on_gpu)
    return [encoder.images(batch.to(encoder.device, non_blocking=True)).cpu() for batch in loader]


@torch.inference_mode()
def data_loader(encoder: Encoder, paths: list[Path], size: int, workers: int) -> list[torch.Tensor]:
    settings = open_clip.transform.PreprocessCfg(**encoder.model.visual.preprocess_cfg)
    images = Images(paths, open_clip.transform.image_transform_v2(settings, is_train=False))
    on_gpu = encoder.device.type == "cuda"
    loader = torch.utils.data.DataLoader(images, size, num_workers=workers, pin_memory=on_gpu)
    dtype = input_dtype(encoder.precision)
    with autocast(encoder.precision, encoder.device):
        return [
            encoder.model.encode_image(batch.to(encoder.device, non_blocking=True).to(dtype)).cpu()
            for batch in loader
        ]


class Batches(torch.utils.data.Dataset):
    """Batches of a pixel cache."""

    def __init__(self, cache: PixelCache, size: int) -> None:
        self.cache, self.size = cache, size

    def __len__(self) -> int:
        return -(-len(self.cache) // self.size)

    def __getitem__(self, number: int) -> torch.Tensor:
        start = number * self.size
        return torch.from_numpy(np.array(self.cache.batch(start, start + self.size)))


class Images(torch.utils.data.Dataset):
    """Decodes and transforms each image when it is asked for."""

    def __init__(self, paths: list[Path], transform: Callable) -> None:
        self.paths, self.transform = paths, transform

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> torch.Tensor:
        with Image.open(self.paths[number]) as image:
            return self.transform(image)


def image_paths(folder: Path | None, made: Path, count: int) -> list[Path]:
    """The images of a folder, repeated to `count`; or one generated JPEG of 500 × 375 per item."""
    if folder is not None:
        found = sorted(path.absolute() for path in folder.iterdir() if path.is_file())
        return [found[number % len(found)] for number in range(count)]
    made.mkdir()
    rng = np.random.default_rng(0)
    paths = [made / f"{number}.jpg" for number in range(count)]
    for path in paths:
        # Enlarged noise compresses about as well as a photograph; pure noise would not.
        noise = Image.fromarray(rng.integers(0, 256, (47, 63, 3), dtype=np.uint8))
        noise.resize((500, 375), Image.Resampling.BICUBIC).save(path, quality=90)
    return paths


def save_manifest(folder: Path, paths: list[Path]) -> None:
    ids = [str(number) for number in range(len(paths))]
    images = images_table(ids, map(str, paths))
    texts = captions_table(ids, ids, ids)
    write_manifest(folder, Manifest("benchmark", "test", str(folder), images, texts))


def save_model(folder: Path, name: str) -> Path:
    config = SMALL if name == "small" else open_clip.get_model_config(name)
    folder.mkdir(parents=True)
    (folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": config}))
    torch.manual_seed(0)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = folder / "open_clip_model.safetensors"
    save_file({name: value.contiguous() for name, value in model.state_dict().items()}, weights)
    record = {"model": name, "weights_sha256": sha256(weights), "logit_scale": 100.0}
    (folder / "modgap.json").write_text(json.dumps(record))
    return folder


if __name__ == "__main__":
    main()
