"""What one pair of embedding files holds for the metrics."""

import logging
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from modgap.errors import InputError
from modgap.formats.embeddings import Embeddings
from modgap.formats.identity import as_words
from modgap.measure.sameness import same_items
from modgap.metrics.rows import unit_rows

_log = logging.getLogger(__name__)

TEXT_COLUMNS = ("id", "kind", "image_id", "factor", "label", "object")


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
    `groups` (M,) numbers texts so that the same text has one number, `image_groups` (N,) images.
    `labels` are words, None where an image has none. `classes`: factor → prompts;
    `caption_classes`: the same from captions that hold the class.
    `pair_vectors` and `pair_table` (factor, label, object) are the prompts "attribute object";
    `pair_rows`: attribute factor → the row of them that is each image's own, −1 if there is none.
    """

    images: np.ndarray
    labels: pd.DataFrame
    texts: np.ndarray
    pairs: np.ndarray
    groups: np.ndarray
    image_groups: np.ndarray
    captions: bool
    metadata: dict
    classes: dict[str, Prompts] = field(default_factory=dict)
    caption_classes: dict[str, Prompts] = field(default_factory=dict)
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

    def distinct_images(self) -> tuple[np.ndarray, np.ndarray]:
        """The row of one of each group of images that are the same, and the pairs of these."""
        first, group = np.unique(self.image_groups, return_index=True, return_inverse=True)[1:]
        return first, np.column_stack([group[self.pairs[:, 0]], self.pairs[:, 1]])


def inputs_of(images: Embeddings, texts: Embeddings) -> Inputs:
    """The arrays of an image and a text embedding file of one model and data set.

    Raises `InputError` naming the file kind, row and what to do if the two do not belong together.
    """
    _same_origin(images, texts)
    _need_columns(texts.table)
    unit = unit_rows(images.vectors, "images")
    kinds = texts.table["kind"].to_numpy()
    for count, what in ((len(images), "image"), (int((kinds == "caption").sum()), "caption")):
        if count == 1:
            raise InputError(f"{count} {what}, expected at least 2: one has no distance to another")
    _need_labels(images, texts.table[kinds != "caption"])
    captions = np.flatnonzero(kinds == "caption")
    columns = [name for name in images.table if name != "id"]
    labels = pd.DataFrame(
        {name: as_words(images.table[name]) for name in columns}, range(len(unit))
    )
    classes, labels = _class_prompts(texts, np.flatnonzero(kinds == "class"), labels)
    of_captions = np.flatnonzero(kinds == "class_caption")
    caption_classes, labels = _class_prompts(texts, of_captions, labels)
    factor = images.metadata.get("object_factor", "")
    words = None
    if len(captions):
        vectors = unit_rows(texts.vectors[captions], "captions")
        words = as_words(texts.table["text"].iloc[captions]) if "text" in texts.table else None
        pairs = _caption_pairs(images, texts.table.iloc[captions])
    elif factor in classes:
        vectors = classes[factor].vectors
        pairs = _class_pairs(labels[factor], classes[factor], factor)
    else:
        raise InputError(
            "texts: neither captions nor class prompts of the object factor "
            f"{factor!r}; without either no image has a matching text"
        )
    metadata = {**texts.metadata, **images.metadata}
    _log_unlabelled(labels, [factor, *metadata.get("attribute_factors", ())])
    prompts = texts.select(np.flatnonzero(kinds == "pair"))
    return Inputs(
        unit,
        labels,
        vectors,
        pairs,
        same_items(vectors, words) if len(captions) else np.arange(len(vectors)),
        same_items(unit, name="images"),
        bool(len(captions)),
        metadata,
        classes,
        caption_classes,
        unit_rows(prompts.vectors, "pair prompts"),
        prompts.table[["factor", "label", "object"]],
        _own_prompts(images, prompts.table),
    )


def label_rows(labels: pd.Series, prompts: Prompts, factor: str) -> np.ndarray:
    """The class row of each image, −1 for an image without a label.

    Raises `InputError` naming the first label that has no prompt.
    """
    known = labels.notna().to_numpy()
    rows = np.where(known, pd.Index(prompts.labels).get_indexer(as_words(labels)), -1)
    missing = np.flatnonzero((rows < 0) & known)
    if len(missing):
        raise InputError(
            f"images: row {missing[0]} is {factor} {labels.iloc[missing[0]]!r}, which has no class "
            f"prompt; the texts have {prompts.labels[:5].tolist()}…"
        )
    return rows


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
    missing = [name for name in TEXT_COLUMNS if name not in texts]
    if missing:
        raise InputError(
            f"texts: no column {missing[0]!r}; a text embedding file has {list(TEXT_COLUMNS)}"
        )


def _need_labels(images: Embeddings, prompts: pd.DataFrame) -> None:
    missing = sorted(set(prompts["factor"].dropna()) - set(images.table.columns))
    if missing:
        raise InputError(
            f"images: no label column {missing[0]!r}, which prompts among the texts are about; the "
            f"columns are {list(images.table.columns)}"
        )


def _caption_pairs(images: Embeddings, captions: pd.DataFrame) -> np.ndarray:
    """Image row and caption row; `image_id` is one id, a list of ids, or missing (no image)."""
    named = captions["image_id"].reset_index(drop=True).explode()
    named = as_words(named)
    alone = int(named.isna().sum())
    if alone:
        _log.info("texts: %d of %d belong to no image; they only compete", alone, len(captions))
    named = named[named.notna()]
    rows = pd.Index(images.table["id"]).get_indexer(named)
    if (rows < 0).any():
        row = int(np.flatnonzero(rows < 0)[0])
        raise InputError(
            f"texts: caption {captions['id'].iloc[named.index[row]]!r} is of image "
            f"{named.iloc[row]!r}, which is not among the images"
        )
    if not len(rows):
        raise InputError("texts: no caption names its image in 'image_id'")
    without = len(images) - len(np.unique(rows))
    if without:
        _log.info("images: %d of %d have no text; they only compete", without, len(images))
    return np.column_stack([rows, named.index])


def _class_pairs(labels: pd.Series, prompts: Prompts, factor: str) -> np.ndarray:
    rows = label_rows(labels, prompts, factor)
    known = np.flatnonzero(rows >= 0)
    return np.column_stack([known, rows[known]])


def _class_prompts(
    texts: Embeddings, rows: np.ndarray, labels: pd.DataFrame
) -> tuple[dict[str, Prompts], pd.DataFrame]:
    """Per factor and label, the mean of the label's unit prompts, made unit length again.

    Labels with the same prompts are one class, in the images' `labels` too: no model could tell
    them apart.
    """
    classes, table = {}, texts.table.iloc[rows]
    if not len(rows):
        return classes, labels
    names = as_words(table["label"])
    if names.isna().any():
        raise InputError(
            f"texts: class prompt {table['id'][names.isna()].iloc[0]!r} has no label; expected the "
            "label that it is the prompt of"
        )
    unit = unit_rows(texts.vectors[rows], "class prompts")
    for factor in table["factor"].unique():
        here = (table["factor"] == factor).to_numpy()
        known, code = np.unique(names[here].to_numpy(str), return_inverse=True)
        means = np.zeros((len(known), unit.shape[1]))
        np.add.at(means, code, unit[here])
        if len(known) < 2:
            continue
        means = unit_rows(means, f"class prompts of {factor}")
        words = _words_of_classes(table[here], code)
        groups = same_items(means, words, f"class prompts of {factor}")
        first, group = np.unique(groups, return_index=True, return_inverse=True)[1:]
        order = np.argsort(first)  # classes stay in the order of their labels
        if len(first) < len(known):
            one = dict(zip(known, known[first][group], strict=True))
            labels = labels.assign(**{factor: labels[factor].replace(one)})
            _log_merged_classes(factor, one)
        if len(first) > 1:
            classes[factor] = Prompts(known[first][order], means[first][order])
    return classes, labels


def _words_of_classes(table: pd.DataFrame, code: np.ndarray) -> pd.Series | None:
    """The prompts of each class as one string; None where the file does not hold the words."""
    if "text" not in table:
        return None
    words = as_words(table["text"]).reset_index(drop=True)
    return words.groupby(code).agg(lambda of: None if of.isna().any() else "\n".join(sorted(of)))


def _log_merged_classes(factor: str, one: dict[str, str]) -> None:
    merged = [f"'{label}' and '{other}'" for label, other in one.items() if label != other]
    text = "class prompts of %s: %s have the same prompts and count as one class"
    _log.warning(text, factor, ", ".join(merged[:5]) + (" …" if len(merged) > 5 else ""))


def _log_unlabelled(labels: pd.DataFrame, factors: list[str]) -> None:
    for factor in factors:
        missing = int(labels[factor].isna().sum()) if factor in labels else 0
        if missing:
            text = "images: %d of %d have no %r; metrics of labels leave them out"
            _log.warning(text, missing, len(labels), factor)


def _own_prompts(images: Embeddings, prompts: pd.DataFrame) -> dict[str, np.ndarray]:
    """Per attribute factor, the row of each image's own prompt, −1 where there is none."""
    name = images.metadata.get("object_factor", "")
    own = {}
    for attribute in prompts["factor"].unique():
        here = np.flatnonzero(prompts["factor"] == attribute)
        known = pd.MultiIndex.from_frame(prompts.iloc[here][["label", "object"]].apply(as_words))
        if known.has_duplicates:
            raise InputError(
                f"texts: several pair prompts of {attribute} {known[known.duplicated()][0]}; "
                "expected one for each attribute and object"
            )
        labels = images.table[[attribute, name]].apply(as_words)
        places = known.get_indexer(pd.MultiIndex.from_frame(labels))
        rows = np.where(places >= 0, here[places], -1)
        own[attribute] = np.where(labels.notna().all(axis=1), rows, -1)
    return own
