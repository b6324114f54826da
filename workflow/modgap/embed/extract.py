"""Model folder × manifest → embedding files of its images and its texts."""

import logging
import os
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import torch

from modgap.embed.directions import with_direction
from modgap.embed.encoder import Encoder, load_encoder
from modgap.embed.pixels import PixelCache, fingerprint, open_pixel_cache, pixels_as_they_are
from modgap.embed.shards import ROWS, Shards, encode_in_shards
from modgap.embed.tokens import say_losses, tokens_of
from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, write_embeddings
from modgap.formats.files import check_room
from modgap.formats.manifest import Manifest, read_manifest
from modgap.formats.model_folder import place_of
from modgap.formats.pictures import DECODING
from modgap.formats.preprocessing import Preprocessing, read_model_config
from modgap.runtime.device import choose_device, make_repeatable
from modgap.runtime.provenance import provenance

log = logging.getLogger(__name__)
_TOWERS = {"images": "vision_cfg", "texts": "text_cfg"}
_TEXT_KEYS = ["text", "kind", "image_id", "factor", "label", "object"]
# Harmful and wrong classes have it, where a data set tells them apart.
_TEXT_EXTRA = "category"


def embed_manifest(
    model_folder: str | os.PathLike,
    manifest_folder: str | os.PathLike,
    cache_folder: str | os.PathLike | None,
    image_path: str | os.PathLike | None,
    text_path: str | os.PathLike | None,
    *,
    device: str = "auto",
    precision: str = "fp32",
    batch_size: int = 256,
    storage: str = "float32",
    token_folder: str | os.PathLike | None = None,
) -> None:
    """Encode the images and texts of a manifest and write the two embedding files.

    Embeddings are as the model gives them, not normalised. On a CPU two runs with the same thread
    count and batch size give the same bits; another batch size may change the last ones (some 1e-7
    of the length), because matrix products of another shape add in another order. Of many items
    what is encoded is kept in shards beside the files, and a job that was killed is gone on with.
    What `with_direction` leaves out is in neither file.

    Parameters
    ----------
    model_folder : path
        With modgap.json; where it has one tower, the other modality's file has no rows.
    manifest_folder : path
        The data set.
    cache_folder : path or None
        A pixel cache of this manifest with the model's preprocessing, or None if the manifest's
        images are rows of one array of the model's image size (MAD).
    image_path, text_path : path or None
        Where the files go; None for a modality that is not wanted.
    device, precision : str
        As `choose_device` and `check_precision` have them.
    batch_size : int
        Items at once, at most.
    storage : {"float32", "float16"}
        How components are stored.
    token_folder : path or None
        Where models with one tokenizer share tokens.

    Raises
    ------
    InputError
        Naming the file or row at fault, before anything is encoded if the disk has no room.
    """
    if storage not in ("float32", "float16"):
        raise InputError(f"storage {storage!r}: expected float32 or float16")
    if batch_size < 1:
        raise InputError(f"batch_size {batch_size}: expected 1 or more")
    manifest = read_manifest(manifest_folder)
    config = read_model_config(place_of(model_folder))
    paths = {"images": image_path, "texts": text_path}
    paths = _possible(model_folder, config, manifest_folder, manifest, paths, storage)
    make_repeatable()
    if "images" in paths:
        cache = _pixels(manifest, Preprocessing.of_config(config), cache_folder)
    encoder = load_encoder(model_folder, choose_device(device), precision)
    made = _metadata(manifest, encoder)
    clouds, shards = {}, {}
    # Texts first: a fault of theirs shows within seconds, not after all images.
    if "texts" in paths:
        texts = manifest.texts["text"].tolist()
        name = f"{encoder.record['model']} on {manifest.dataset}"
        shards["texts"] = _shards(text_path, made, batch_size, texts)
        encoded = encode_texts(
            encoder,
            model_folder,
            texts,
            batch_size,
            token_folder,
            name=name,
            shards=shards["texts"],
        )
        made_texts = made | {"batch_size": encoded.batch_size} | encoded.losses
        clouds["texts"] = Embeddings(_text_table(manifest), encoded.vectors, made_texts)
    if "images" in paths:
        shards["images"] = _shards(image_path, made, batch_size, fingerprint(manifest))
        vectors, fitted = encode_images(encoder, cache, batch_size, shards["images"])
        made_images = made | {"batch_size": fitted}
        clouds["images"] = Embeddings(_image_table(manifest), vectors, made_images)
    for name, cloud in with_direction(clouds).items():
        _write(paths[name], cloud, storage)
        shards[name].remove()


def encode_images(
    encoder: Encoder, cache: PixelCache, batch_size: int = 256, shards: Shards | None = None
) -> tuple[np.ndarray, int]:
    """(n, d) float32 embeddings of a cache's images, and the batch size that fitted."""
    with torch.inference_mode():
        return encode_in_shards(
            encoder.images,
            cache.batch,
            len(cache),
            batch_size,
            encoder.device,
            "images embedded",
            shards,
        )


class EncodedTexts(NamedTuple):
    """Embeddings of texts, (n, d) float32, the batch size that fitted, and `say_losses`' counts."""

    vectors: np.ndarray
    batch_size: int
    losses: dict[str, int]


def encode_texts(
    encoder: Encoder,
    model_folder: str | os.PathLike,
    texts: list[str],
    batch_size: int = 256,
    token_folder: str | os.PathLike | None = None,
    *,
    name: str = "texts",
    shards: Shards | None = None,
) -> EncodedTexts:
    """As `encode_images` for texts; a text that repeats is encoded once.

    `name` is what the log calls them where the model does not see all of them.
    """
    numbers, unique = pd.factorize(np.asarray(texts, dtype=object))
    tokens = tokens_of(model_folder, unique.tolist(), token_folder)
    losses = say_losses(unique.tolist(), tokens, numbers, name)
    with torch.inference_mode():
        vectors, batch_size = encode_in_shards(
            encoder.texts,
            lambda start, stop: tokens.ids[start:stop],
            len(tokens),
            batch_size,
            encoder.device,
            "texts embedded",
            shards,
        )
    return EncodedTexts(vectors[numbers], batch_size, losses)


def _possible(
    model_folder: str | os.PathLike,
    config: dict,
    manifest_folder: str | os.PathLike,
    manifest: Manifest,
    paths: dict[str, str | os.PathLike | None],
    storage: str,
) -> dict[str, str | os.PathLike]:
    """The files that the encoder can fill, seen that there are rows and room for them.

    What it has no tower for is written without rows.
    """
    possible = {}
    for name, path in paths.items():
        if path is None:
            continue
        rows = len(getattr(manifest, name))
        if not rows:
            raise InputError(f"{manifest_folder}/{name}.parquet: no rows, nothing to embed")
        if _TOWERS[name] in config["model_cfg"]:
            possible[name] = path
        else:
            log.warning("%s has no tower for %s: %d left out", model_folder, name, rows)
            _write_nothing(path, name, manifest, config, storage)
    # Better to know before anything is encoded.
    rows = [len(getattr(manifest, name)) for name in possible]
    in_shards = sum(number for number in rows if number > ROWS)
    size = sum(rows) * np.dtype(storage).itemsize + in_shards * np.dtype(np.float32).itemsize
    for first in list(possible.values())[:1]:
        check_room(first, config["model_cfg"]["embed_dim"] * size)
    return possible


def _pixels(
    manifest: Manifest, wanted: Preprocessing, cache_folder: str | os.PathLike | None
) -> PixelCache:
    if cache_folder is None:
        return pixels_as_they_are(manifest, wanted)
    cache = open_pixel_cache(cache_folder, manifest)
    if cache.preprocessing.key != wanted.key:
        raise InputError(
            f"{cache_folder}: pixels prepared as {cache.preprocessing.key}, but the model expects "
            f"{wanted.key}; build the pixel cache for that preprocessing, or correct the model's "
            "row"
        )
    return cache


def _image_table(manifest: Manifest) -> pd.DataFrame:
    frame = manifest.images[["image_id", *manifest.factors]]
    return frame.rename(columns={"image_id": "id"})


def _text_table(manifest: Manifest) -> pd.DataFrame:
    columns = ["text_id", *_TEXT_KEYS, *manifest.texts.columns.intersection([_TEXT_EXTRA])]
    return manifest.texts[columns].rename(columns={"text_id": "id"})


def _shards(path: str | os.PathLike, made: dict, batch_size: int, items: object) -> Shards:
    bits = {"batch_size": batch_size, "threads": torch.get_num_threads(), "items": items}
    return Shards(path, made | bits)


def _metadata(manifest: Manifest, encoder: Encoder) -> dict:
    scale = encoder.record["logit_scale"]
    # Of a folder of the user's own: its configuration and tokenizer, which may be edited.
    files = encoder.record.get("files_sha256")
    return {
        "model": encoder.record["model"],
        "weights_sha256": encoder.record["weights_sha256"],
        **({"files_sha256": files} if files else {}),
        "dataset": manifest.dataset,
        "split": manifest.split,
        "preprocessing": _preprocessing(encoder),
        "precision": encoder.precision,
        "device": encoder.device.type,
        "normalized": False,
        # Not from the loaded model: at precision bf16 its scale may be rounded.
        "logit_scale": None if scale is None else float(scale),
        "logit_bias": encoder.logit_bias,
        "parameters": encoder.parameters,
        "object_factor": manifest.object_factor,
        "attribute_factors": list(manifest.attribute_factors),
        **provenance(),
    }


def _preprocessing(encoder: Encoder) -> dict | None:
    if encoder.preprocessing is None:
        return None
    return {
        "decoding": DECODING,
        "key": encoder.preprocessing.key,
        "mean": encoder.mean.flatten().tolist(),
        "std": encoder.std.flatten().tolist(),
    }


def _write_nothing(
    path: str | os.PathLike, name: str, manifest: Manifest, config: dict, storage: str
) -> None:
    """The file of a modality that the encoder has no tower for: no rows, of its width."""
    table = _image_table(manifest) if name == "images" else _text_table(manifest)
    nothing = np.empty((0, config["model_cfg"]["embed_dim"]), np.float32)
    made = {"dataset": manifest.dataset, "split": manifest.split}
    _write(path, Embeddings(table.iloc[:0], nothing, made), storage)


def _write(path: str | os.PathLike, cloud: Embeddings, storage: str) -> None:
    largest = float(np.nanmax(np.abs(cloud.vectors), initial=0.0))
    if np.isfinite(largest) and largest > float(np.finfo(storage).max):
        raise InputError(
            f"{path}: a component of {largest:.3g} does not fit into float16; set storage: float32"
        )
    metadata = {**cloud.metadata, "embed_dim": cloud.vectors.shape[1]}
    write_embeddings(path, replace(cloud, metadata=metadata), storage)
