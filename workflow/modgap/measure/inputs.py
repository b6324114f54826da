"""What one pair of embedding files holds for the metrics."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.metrics.checks import check_pairs, embedding_pair
from modgap.metrics.rows import unit_rows

_TEXT_COLUMNS = ("id", "kind", "image_id", "factor", "label", "object")


@dataclass(frozen=True)
class Prompts:
    """Class prompts of one factor: `labels` (C,) and one unit embedding (C, d) per label."""

    labels: np.ndarray
    vectors: np.ndarray


@dataclass(frozen=True)
class Inputs:
    """One model on one data set, as arrays; all vectors are unit length, float32.

    `images` (N, d) and their `labels`; `texts` (M, d) are the captions, or the object's class
    prompts where there are none (`captions` False); `pairs` (P, 2) of image row and text row;
    `groups` (M,) numbers texts so that the same text has one number. `classes`: factor → prompts.
    `pair_vectors` and `pair_table` (factor, label, object) are the prompts "attribute object";
    `pair_rows`: attribute factor → the row of them that is each image's own, −1 if there is none.
    """

    images: np.ndarray
    labels: pd.DataFrame
    texts: np.ndarray
    pairs: np.ndarray
    groups: np.ndarray
    captions: bool
    metadata: dict
    classes: dict[str, Prompts] = field(default_factory=dict)
    pair_vectors: np.ndarray | None = None
    pair_table: pd.DataFrame | None = None
    pair_rows: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def object_factor(self) -> str:
        """The label column that is the object; "" without labels."""
        return self.metadata.get("object_factor", "")

    @property
    def attribute_factors(self) -> list[str]:
        """The label columns that are attributes."""
        return list(self.metadata.get("attribute_factors", ()))


def inputs_of(images: Embeddings, texts: Embeddings) -> Inputs:
    """The arrays of an image and a text embedding file of one model and data set.

    Raises `InputError` naming the file kind, row and what to do if the two do not belong together.
    """
    _same_origin(images, texts)
    _need_columns(texts.table)
    unit = unit_rows(images.vectors, "images")
    kinds = texts.table["kind"].to_numpy()
    _need_labels(images, texts.table[kinds != "caption"])
    captions = np.flatnonzero(kinds == "caption")
    classes = _class_prompts(texts, np.flatnonzero(kinds == "class"))
    factor = images.metadata.get("object_factor", "")
    words = None
    if len(captions):
        vectors = unit_rows(texts.vectors[captions], "captions")
        words = texts.table["text"].iloc[captions] if "text" in texts.table else None
        pairs = _caption_pairs(images, texts.table.iloc[captions])
    elif factor in classes:
        vectors = classes[factor].vectors
        pairs = _class_pairs(images.table[factor], classes[factor], factor)
    else:
        raise InputError(
            "texts: neither captions nor class prompts of the object factor "
            f"{factor!r}; without either no image has a matching text"
        )
    prompts = texts.select(np.flatnonzero(kinds == "pair"))
    return Inputs(
        unit,
        images.table.drop(columns="id"),
        vectors,
        pairs,
        _same_text(vectors, words),
        bool(len(captions)),
        {**texts.metadata, **images.metadata},
        classes,
        unit_rows(prompts.vectors, "pair prompts"),
        prompts.table[["factor", "label", "object"]],
        _own_prompts(images, prompts.table),
    )


def inputs_of_arrays(
    images: np.ndarray,
    texts: np.ndarray,
    pairs: np.ndarray | None,
    labels: pd.DataFrame | None,
    model: str,
) -> Inputs:
    """The same from bare arrays: every text is a caption, the first label column is the object.

    Raises `InputError` naming the argument and row, as the metrics do.
    """
    images, texts = embedding_pair(images, texts)
    labels = pd.DataFrame(index=range(len(images))) if labels is None else labels
    metadata = {"model": model, "object_factor": "", "attribute_factors": []}
    if len(labels.columns):
        metadata["object_factor"], *metadata["attribute_factors"] = labels.columns
    vectors = unit_rows(texts, "texts")
    return Inputs(
        unit_rows(images, "images"),
        labels,
        vectors,
        check_pairs(pairs, len(images), len(texts)),
        _same_text(vectors, None),
        True,
        metadata,
    )


def label_rows(labels: pd.Series, prompts: Prompts, factor: str) -> np.ndarray:
    """The class row of each image, −1 for an image without a label.

    Raises `InputError` naming the first label that has no prompt.
    """
    rows = pd.Index(prompts.labels).get_indexer(labels.astype(str))
    missing = (rows < 0) & labels.notna().to_numpy()
    if missing.any():
        row = int(np.flatnonzero(missing)[0])
        raise InputError(
            f"images: row {row} is {factor} {labels.iloc[row]!r}, which has no class prompt; the "
            f"texts have {prompts.labels[:5].tolist()}…"
        )
    return np.where(labels.notna().to_numpy(), rows, -1)


def _same_origin(images: Embeddings, texts: Embeddings) -> None:
    for key in ("model", "dataset", "split", "weights_sha256"):
        first, second = images.metadata.get(key), texts.metadata.get(key)
        if first != second:
            raise InputError(
                f"image and text embeddings disagree: {key} is {first!r} in one and {second!r} in "
                "the other; they must come from one model and one data set"
            )
    if images.vectors.shape[1] != texts.vectors.shape[1]:
        raise InputError(
            f"images have {images.vectors.shape[1]} dimensions and texts "
            f"{texts.vectors.shape[1]}; expected embeddings of one shared space"
        )


def _need_columns(texts: pd.DataFrame) -> None:
    missing = [name for name in _TEXT_COLUMNS if name not in texts]
    if missing:
        raise InputError(
            f"texts: no column {missing[0]!r}; a text embedding file has {list(_TEXT_COLUMNS)}"
        )


def _need_labels(images: Embeddings, prompts: pd.DataFrame) -> None:
    missing = sorted(set(prompts["factor"].dropna()) - set(images.table.columns))
    if missing:
        raise InputError(
            f"images: no label column {missing[0]!r}, which prompts among the texts are about; the "
            f"columns are {list(images.table.columns)}"
        )


def _caption_pairs(images: Embeddings, captions: pd.DataFrame) -> np.ndarray:
    rows = pd.Index(images.table["id"]).get_indexer(captions["image_id"])
    if (rows < 0).any():
        row = int(np.flatnonzero(rows < 0)[0])
        raise InputError(
            f"texts: caption {captions['id'].iloc[row]!r} is of image "
            f"{captions['image_id'].iloc[row]!r}, which is not among the images"
        )
    return np.column_stack([rows, np.arange(len(rows))])


def _class_pairs(labels: pd.Series, prompts: Prompts, factor: str) -> np.ndarray:
    rows = label_rows(labels, prompts, factor)
    known = np.flatnonzero(rows >= 0)
    return np.column_stack([known, rows[known]])


def _class_prompts(texts: Embeddings, rows: np.ndarray) -> dict[str, Prompts]:
    """Per factor and label, the mean of the label's unit prompts, made unit length again."""
    found = {}
    if not len(rows):
        return found
    table = texts.table.iloc[rows]
    unit = unit_rows(texts.vectors[rows], "class prompts")
    for factor in table["factor"].unique():
        here = (table["factor"] == factor).to_numpy()
        labels, code = np.unique(table["label"][here].astype(str).to_numpy(), return_inverse=True)
        means = np.zeros((len(labels), unit.shape[1]))
        np.add.at(means, code, unit[here])
        if len(labels) > 1:
            found[factor] = Prompts(labels, unit_rows(means, f"class prompts of {factor}"))
    return found


def _own_prompts(images: Embeddings, prompts: pd.DataFrame) -> dict[str, np.ndarray]:
    """Per attribute factor, the row of each image's own prompt, −1 where there is none."""
    thing = images.metadata.get("object_factor", "")
    own = {}
    for attribute in prompts["factor"].unique():
        here = np.flatnonzero(prompts["factor"] == attribute)
        known = pd.MultiIndex.from_frame(prompts.iloc[here][["label", "object"]].astype(str))
        if known.has_duplicates:
            raise InputError(
                f"texts: several pair prompts of {attribute} {known[known.duplicated()][0]}; "
                "expected one for each attribute and object"
            )
        wanted = pd.MultiIndex.from_frame(images.table[[attribute, thing]].astype(str))
        found = known.get_indexer(wanted)
        own[attribute] = np.where(found >= 0, here[found], -1)
    return own


def _same_text(vectors: np.ndarray, words: pd.Series | None) -> np.ndarray:
    """Numbers that agree where two texts are the same: by their words, if the file has them.

    Else by their vectors, bit for bit: a text that repeats is encoded once. Should they all be one
    vector, that is a collapsed model and not one text, and each counts by itself.
    """
    if words is not None:
        return pd.factorize(words)[0]
    wide = np.dtype((np.void, vectors.itemsize * vectors.shape[1]))
    rows = np.ascontiguousarray(vectors).view(wide).ravel()
    groups = np.unique(rows, return_inverse=True)[1]
    return groups if groups.any() else np.arange(len(groups))
