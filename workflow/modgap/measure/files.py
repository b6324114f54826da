"""Embeddings that somebody else made: files of any kind → embedding tables → the metric table."""

import logging
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings, read_embeddings
from modgap.formats.identity import OF_IMAGE, as_words
from modgap.formats.packed import stem_of
from modgap.formats.text import check_file
from modgap.formats.vectors import read_vectors, readable
from modgap.measure.alike import first_of_each, named_alike
from modgap.measure.calibration import CALIBRATION, held_out
from modgap.measure.inputs import TEXT_COLUMNS
from modgap.measure.labels import read_labels, usable_labels
from modgap.measure.pairs import pairs_of_tables, read_pairs
from modgap.measure.sameness import first_alike, unlike_row
from modgap.measure.table import measure_pair

_log = logging.getLogger(__name__)

# Columns that hold the words of a text.
_WORDS = ("text", "caption", "sentence", "prompt")
# Embeddings of one text nearer than that differ by noise and precision (a cosine of 0.995).
_NOISE = 0.1
# So many similarities take minutes.
_MANY = 2e9


def measure_files(
    images: str | os.PathLike,
    texts: str | os.PathLike | None = None,
    pairs: str | os.PathLike | None = None,
    labels: str | os.PathLike | None = None,
    *,
    seed: int = 0,
    resamples: int = 1000,
    confidence: float = 0.95,
    at_most: int | None = None,
) -> pd.DataFrame:
    """Measure two files of embeddings, one per modality, rows = items.

    Parameters
    ----------
    images, texts, pairs, labels
        As `import_embeddings`. Without `pairs` and `labels`, two embedding files of this study are
        measured with all that is in them; files that `modgap close` wrote, on the items that it
        was not fitted on.
    seed, resamples, confidence
        As `measure_pair`.
    at_most
        Measure this many images, drawn with `seed`, and their texts. All of them by default: work
        grows with images times texts.

    Returns
    -------
    pandas.DataFrame
        Columns and rows as `measure_pair`; the model is called as the file of images.

    Raises
    ------
    InputError
        Naming the file, and the row where there is one.
    """
    settings = {"seed": seed, "resamples": resamples, "confidence": confidence}
    clouds = held_out(*read_clouds(images, texts, pairs, labels))
    if at_most is not None and at_most < len(clouds[0]):
        clouds = _drawn(*clouds, at_most, seed)
    similarities = len(clouds[0]) * len(clouds[1])
    if similarities > _MANY:
        _log.warning(
            "%d images and %d texts: recall takes %.1e similarities and uniformity as many; 1e10 "
            "take minutes on a core. Progress follows; to measure a sample, name its size "
            "(--at-most)",
            *map(len, clouds),
            similarities,
        )
    return measure_pair(*clouds, **settings)


def read_clouds(
    images: str | os.PathLike,
    texts: str | os.PathLike | None = None,
    pairs: str | os.PathLike | None = None,
    labels: str | os.PathLike | None = None,
) -> tuple[Embeddings, Embeddings]:
    """Two files as the embed stage would have written them; arguments as `import_embeddings`.

    Files of this study, named without pairs and labels, come as they are.
    """
    if pairs is None and labels is None and texts is not None and _of_study(texts):
        return read_embeddings(images), read_embeddings(texts)
    model = stem_of(images)
    return import_embeddings(images, texts, pairs, labels, model=model, dataset="")


def import_embeddings(
    images: str | os.PathLike,
    texts: str | os.PathLike | None = None,
    pairs: str | os.PathLike | None = None,
    labels: str | os.PathLike | None = None,
    *,
    model: str,
    dataset: str,
) -> tuple[Embeddings, Embeddings]:
    """Bring embeddings of others into the form that the embed stage writes.

    Parameters
    ----------
    images, texts
        Files that `formats.vectors.read_vectors` reads. Without `texts` both modalities are in one:
        an array (2, n, d), or arrays called images and texts. Columns `text` or `caption` tell
        which texts are the same; else vectors do.
    pairs
        As `measure.pairs.read_pairs`; by default ids that both files have, or the texts' column
        `image_id`, say which belong together, else whatever column names the same items in both,
        and without any row i matches row i. Images of one id are one image, embedded anew.
    labels
        As `measure.labels.read_labels`.
    model, dataset
        What the tables are to be called by.

    Returns
    -------
    (Embeddings, Embeddings)
        Images with their labels, and texts, all of them captions: one row per text, however many
        images it belongs to (`image_id` is then a list; missing for a text of no image).

    Raises
    ------
    InputError
        Naming the file, and the row where there is one.
    """
    if pairs is None and labels is None and texts is not None and _of_study(texts):
        named = {"model": model, "dataset": dataset}
        clouds = read_embeddings(images), read_embeddings(texts)
        return tuple(replace(each, metadata={**each.metadata, **named}) for each in clouds)
    paths = images, images if texts is None else texts
    both = _are_one_file(*paths)
    x = read_vectors(paths[0], "images", both=both)
    y = read_vectors(paths[1], "texts", both=both)
    _check_sizes(x, y, paths, texts is None)
    if pairs is None:
        x, y = named_alike(x, y, paths)
    known = pd.DataFrame()
    if labels is not None:
        known = usable_labels(read_labels(labels, x, paths[0]), x, (labels, paths[0]))
    x, kept, rows = _paired(x, y, pairs, paths)
    known = known.iloc[kept].reset_index(drop=True) if len(known) else known
    factors = list(known)
    metadata = {"model": model, "dataset": dataset, "split": ""}
    metadata["object_factor"] = factors[0] if factors else ""
    metadata["attribute_factors"] = factors[1:]
    table = pd.DataFrame({"id": _ids(x)}).assign(**{name: known[name] for name in factors})
    if "closed" in x.metadata and CALIBRATION in x.table:
        table[CALIBRATION] = x.table[CALIBRATION].to_numpy()
    return (
        Embeddings(table, x.vectors, metadata),
        Embeddings(_captions(y, rows, table["id"], paths[1]), y.vectors, metadata),
    )


def _paired(
    x: Embeddings, y: Embeddings, pairs: str | os.PathLike | None, paths: tuple
) -> tuple[Embeddings, np.ndarray, np.ndarray]:
    """The images, each once; the rows that they had; and the rows of images and texts in pairs."""
    first = first_of_each(x, paths[0])
    kept = np.unique(first)
    once = x if len(kept) == len(x) else x.select(kept)
    if pairs is None and (once is x or OF_IMAGE in y.table or "id" in y.table):
        return once, kept, pairs_of_tables(once, y, paths)
    rows = pairs_of_tables(x, y, paths) if pairs is None else read_pairs(pairs, x, y, paths)
    if once is not x:
        rows[:, 0] = np.searchsorted(kept, first[rows[:, 0]])
        rows = np.unique(rows, axis=0)
    return once, kept, rows


def _drawn(
    images: Embeddings, texts: Embeddings, at_most: int, seed: int
) -> tuple[Embeddings, Embeddings]:
    """So many of the images, their texts, and all class prompts."""
    drawn = np.sort(np.random.default_rng(seed).permutation(len(images))[:at_most])
    _log.warning(
        "measured on %d of %d images, drawn with seed %d, and their texts; recall among fewer "
        "items is higher",
        at_most,
        len(images),
        seed,
    )
    images = images.select(drawn)
    named = texts.table["image_id"].explode()
    own = named[named.isin(set(images.table["id"]))]
    kept = (texts.table["kind"] != "caption") | texts.table.index.isin(own.index)
    if own.index.has_duplicates:
        own = own.groupby(level=0).agg(list)
    texts = Embeddings(texts.table.assign(image_id=own), texts.vectors, texts.metadata)
    return images, texts.select(kept.to_numpy())


def _captions(
    texts: Embeddings, pairs: np.ndarray, image_ids: pd.Series, path: str | os.PathLike
) -> pd.DataFrame:
    table = pd.DataFrame({"id": _ids(texts), "kind": "caption"})
    table["image_id"] = _owners(pairs, image_ids.to_numpy(), len(texts))
    words = _words(texts, path)
    if words is not None:
        table["text"] = words
    return table.assign(factor=None, label=None, object=None)


def _words(texts: Embeddings, path: str | os.PathLike) -> pd.Series | None:
    """The words of the texts, None where no column has them.

    An instruction to the model, or a category, is the same for texts that are not: their
    embeddings tell.
    """
    for name in (name for name in _WORDS if _is_text(texts.table.get(name))):
        words = as_words(texts.table[name])
        first = first_alike(words)
        row = unlike_row(texts.vectors, first, _NOISE)
        if row is None:
            return words
        _log.warning(
            "%s: column %r has the same words in rows %d and %d, whose embeddings are entirely "
            "different: it is not taken as the words of the texts",
            path,
            name,
            first[row],
            row,
        )
    return None


def _owners(pairs: np.ndarray, image_ids: np.ndarray, texts: int) -> np.ndarray:
    """The image of each text: None, an id, or everywhere a list of ids if a text has several."""
    owners = np.full(texts, None, dtype=object)
    counts = np.bincount(pairs[:, 1], minlength=texts)
    if counts.max() == 1:
        owners[pairs[:, 1]] = image_ids[pairs[:, 0]]
        return owners
    ids = image_ids[pairs[np.argsort(pairs[:, 1], kind="stable"), 0]]
    for text, stop in enumerate(np.cumsum(counts)):
        if counts[text]:
            owners[text] = ids[stop - counts[text] : stop].tolist()
    return owners


def _is_text(column: pd.Series | None) -> bool:
    return column is not None and column.map(lambda word: isinstance(word, str)).any()


def _ids(embeddings: Embeddings) -> list[str]:
    """The items' own ids, or their row numbers where they have none or repeat them."""
    ids = embeddings.table.get("id")
    if ids is None or ids.duplicated().any():
        return [str(row) for row in range(len(embeddings))]
    return ids.tolist()


def _check_sizes(x: Embeddings, y: Embeddings, paths: tuple, one_file: bool) -> None:
    if one_file and np.array_equal(x.vectors, y.vectors):
        raise InputError(
            f"{paths[0]}: holds one array of shape {x.vectors.shape}; name the file of the texts "
            "too, or give one array of shape (2, items, dimensions)"
        )
    if not one_file and Path(paths[0]).samefile(paths[1]) and np.array_equal(x.vectors, y.vectors):
        _log.warning(
            "%s is named twice and holds one cloud: it is compared with itself, without any gap. "
            "Images and texts in rows of one file are two clouds when each has a file of its own",
            paths[0],
        )
    halves = [cloud.metadata.get("half_of") for cloud in (x, y)]
    if all(halves) and not Path(paths[0]).samefile(paths[1]):
        raise InputError(
            f"{paths[0]} and {paths[1]} hold images and texts each, shapes {halves[0]} and "
            f"{halves[1]}; name one of them, or save arrays (items, dimensions)"
        )
    if x.vectors.shape[1] != y.vectors.shape[1]:
        raise InputError(
            f"{paths[0]} has {x.vectors.shape[1]} dimensions and {paths[1]} {y.vectors.shape[1]}; "
            f"expected embeddings of one shared space{_turned(x, y)}"
        )
    for cloud, path in zip((x, y), paths, strict=True):
        if len(cloud) < 2:
            raise InputError(f"{path}: {len(cloud)} row, expected at least 2 items")
    if set(TEXT_COLUMNS) <= set(y.table) and (y.table["kind"] != "caption").any():
        raise InputError(
            f"{paths[1]}: holds class prompts beside captions, as a file of this study; it is "
            "measured without pairs and labels, for the files say both"
        )


def _turned(x: Embeddings, y: Embeddings) -> str:
    """What to do where one cloud has items where the other has dimensions."""
    turned = {x.vectors.shape[0], y.vectors.shape[0]} & {x.vectors.shape[1], y.vectors.shape[1]}
    return "; one of them looks turned: save array.T" if turned else ""


def _are_one_file(images: str | os.PathLike, texts: str | os.PathLike) -> bool:
    return Path(images).exists() and Path(texts).exists() and Path(images).samefile(texts)


def _of_study(texts: str | os.PathLike) -> bool:
    """Whether the texts say what they are, as embedding files of this study do."""
    if Path(texts).suffix.lower() != ".parquet":
        return False
    check_file(texts)
    with readable(texts, "readable Parquet file"):
        return set(TEXT_COLUMNS) <= set(pq.read_schema(texts).names)
