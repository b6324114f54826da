"""The manifest: what a data set is to everything after it.

A manifest is a folder of two files, `images.parquet` (one row per image) and `texts.parquet` (one
row per caption or prompt).
"""

import os
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from modgap.errors import InputError
from modgap.formats.tables import read_table, write_frame

KINDS = ("caption", "class", "class_caption", "pair")
_IMAGE_COLUMNS = {"image_id", "path", "row"}
_TEXT_COLUMNS = ("text_id", "text", "kind", "image_id", "factor", "label", "object")


@dataclass(frozen=True)
class Manifest:
    """The images and texts of one split of a data set.

    `images`: `image_id` (unique), `path` (relative to `root`), `row` (row of the pixel array if
    `path` is a .npy file of shape (n, height, width, 3) uint8, else -1), and one string column per
    label factor.
    `texts`: `text_id` (unique), `text`, `kind`, and keys that are null where they do not apply:
    "caption" has `image_id`; "class" is a zero-shot prompt for the value `label` of the image
    column `factor` (several prompts of one class are averaged); "class_caption" is the same as
    captions are: one that holds the class among other things; "pair" names the attribute value
    `label` of `factor` together with the object class `object`. A column `category` may say of
    class prompts what harmful or wrong category they are a case of; null for the others.
    `root`: folder that image paths are relative to.
    `object_factor`, `attribute_factors`: which label columns of `images` are the object and the
    attributes (MOAD); `object_factor` is "" if the data set has no labels.
    `pixels`: SHA-256 of what the images look like, "" if that is not known: an image that was
    edited makes another manifest, though every row of it is the same.
    """

    dataset: str
    split: str
    root: str
    images: pd.DataFrame
    texts: pd.DataFrame
    object_factor: str = ""
    attribute_factors: tuple[str, ...] = ()
    pixels: str = ""

    @property
    def factors(self) -> list[str]:
        """The label columns of `images`."""
        return [name for name in self.images.columns if name not in _IMAGE_COLUMNS]


def write_manifest(folder: str | os.PathLike, manifest: Manifest) -> None:
    """Write `images.parquet` and `texts.parquet`; raises `InputError` if `manifest` is unsound."""
    check_manifest(manifest, str(folder))
    metadata = {
        "dataset": manifest.dataset,
        "split": manifest.split,
        "root": manifest.root,
        "object_factor": manifest.object_factor,
        "attribute_factors": list(manifest.attribute_factors),
        "images": len(manifest.images),
        "texts": len(manifest.texts),
    }
    write_frame(Path(folder) / "texts.parquet", manifest.texts, metadata)
    if manifest.pixels:
        metadata["pixels"] = manifest.pixels
    write_frame(Path(folder) / "images.parquet", manifest.images, metadata)


def read_manifest(folder: str | os.PathLike) -> Manifest:
    """Read a manifest folder; raises `InputError` naming the file and row of what is unsound."""
    images, metadata = read_table(Path(folder) / "images.parquet")
    texts, _ = read_table(Path(folder) / "texts.parquet")
    manifest = Manifest(
        metadata["dataset"],
        metadata["split"],
        metadata["root"],
        images.to_pandas(),
        texts.to_pandas(),
        metadata["object_factor"],
        tuple(metadata["attribute_factors"]),
        metadata.get("pixels", ""),
    )
    check_manifest(manifest, str(folder))
    return manifest


def check_manifest(manifest: Manifest, name: str) -> None:
    """Raise `InputError` for missing columns, repeated ids, unknown kinds, dangling references."""
    images, texts = manifest.images, manifest.texts
    _need_columns(images, sorted(_IMAGE_COLUMNS), f"{name}/images.parquet")
    _need_columns(texts, _TEXT_COLUMNS, f"{name}/texts.parquet")
    _unique(images, "image_id", f"{name}/images.parquet")
    _unique(texts, "text_id", f"{name}/texts.parquet")
    labels = (manifest.object_factor, *manifest.attribute_factors)
    _need_columns(images, [factor for factor in labels if factor], f"{name}/images.parquet")
    _refuse(
        texts, ~texts["kind"].isin(KINDS), f"{name}/texts.parquet", f"has a kind not in {KINDS}"
    )
    captions = texts["kind"] == "caption"
    dangling = captions & ~texts["image_id"].isin(images["image_id"])
    _refuse(texts, dangling, f"{name}/texts.parquet", "is a caption of an image_id not in images")
    unknown = ~captions & ~texts["factor"].isin(manifest.factors)
    expected = f"names a factor that is no label column of images {manifest.factors}"
    _refuse(texts, unknown, f"{name}/texts.parquet", expected)


def _need_columns(frame: pd.DataFrame, columns: list[str] | tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise InputError(f"{name}: missing columns {missing}; it has {list(frame.columns)}")


def _unique(frame: pd.DataFrame, column: str, name: str) -> None:
    _refuse(frame, frame[column].duplicated(), name, f"repeats the {column} of an earlier row")


def _refuse(frame: pd.DataFrame, bad: pd.Series, name: str, what: str) -> None:
    if bad.any():
        row = int(bad.to_numpy().nonzero()[0][0])
        first = frame.iloc[row, 0]
        raise InputError(f"{name}: row {row} ({first!r}) {what}; {int(bad.sum())} such rows")
