"""Many initialisations of one architecture on one data set, without keeping any of the models."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from modgap.embed.extract import embed_manifest
from modgap.formats.embeddings import Embeddings, read_embeddings
from modgap.models.random import random_model
from modgap.runtime.progress import Progress


def embed_initialisations(
    models: Sequence[dict],
    manifest_folder: str | os.PathLike,
    cache_folder: str | os.PathLike,
    *,
    device: str = "auto",
) -> dict[str, list[Embeddings]]:
    """Embeddings of one data set by models of random weights, made one after the other.

    Parameters
    ----------
    models
        `name`, `architecture` and `seed` of each.
    manifest_folder, cache_folder, device
        As `modgap.embed.extract.embed_manifest`.

    Returns
    -------
    Modality ("image", "text") to the embeddings of each model, of captions alone; a modality that
    the architecture has no tower for is not there.
    """
    clouds: dict[str, list[Embeddings]] = {"image": [], "text": []}
    progress = Progress(len(models), "initialisations")
    for model in models:
        with tempfile.TemporaryDirectory() as place:
            folder, files = Path(place) / "model", [Path(place) / f"{m}.parquet" for m in clouds]
            random_model(model["architecture"], folder, name=model["name"], seed=model["seed"])
            embed_manifest(folder, manifest_folder, cache_folder, *files, device=device)
            for modality, file in zip(clouds, files, strict=True):
                clouds[modality].append(_of_images(read_embeddings(file), modality))
        progress.add(1)
    return {m: every for m, every in clouds.items() if all(len(each) for each in every)}


def _of_images(embeddings: Embeddings, modality: str) -> Embeddings:
    if modality == "image" or not len(embeddings):
        return embeddings
    return embeddings.select(np.flatnonzero(embeddings.table["kind"] == "caption"))
