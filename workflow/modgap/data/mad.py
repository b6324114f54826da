"""MAD as a data set like any other: the arrays of its items and the kind of caption in its name."""

from pathlib import Path

from modgap.data.draft import Draft
from modgap.errors import InputError
from modgap.formats.arrays import read_array
from modgap.formats.manifest import Manifest
from modgap.mad.captions import CaptionSpec
from modgap.mad.manifest import mad_class_manifest, mad_group_manifest, mad_manifest
from modgap.study.mad_datasets import GROUPS, mad_captions


def mad(folder: Path, dataset: str, split: str, seed: int) -> Draft:
    """The items of `folder`/pixels.npy and labels.npy with the captions that `dataset` names.

    Captions are drawn with `seed`. Raises `InputError` for a name that `mad_captions` refuses, for
    arrays that do not belong together, and for more items than there are.
    """
    pixels, labels = folder / "pixels.npy", read_array(folder / "labels.npy")
    captions = mad_captions(dataset)
    names = {"dataset": dataset, "split": split}
    if captions is not None:
        spec = CaptionSpec(captions.main_factor, captions.attributes, captions.unnamed)
        manifest = mad_manifest(pixels, labels, spec, **names, seed=seed)
        manifest = _first(manifest, captions.items)
    elif dataset == GROUPS:
        manifest = mad_group_manifest(pixels, labels, **names)
    else:
        manifest = mad_class_manifest(pixels, labels, **names)
    return Draft(
        folder,
        manifest.images,
        manifest.texts,
        manifest.object_factor,
        manifest.attribute_factors,
    )


def _first(manifest: Manifest, items: int | None) -> Manifest:
    """The first items with their captions alone: for models that take long over each text."""
    if items is None:
        return manifest
    if items > len(manifest.images):
        raise InputError(
            f"data set {manifest.dataset}: {items} items of {len(manifest.images)}; raise "
            "mad.test_items or take fewer"
        )
    images, texts = manifest.images.head(items), manifest.texts
    kept = (texts["kind"] == "caption") & texts["image_id"].isin(images["image_id"])
    return Manifest(
        manifest.dataset,
        manifest.split,
        manifest.root,
        images,
        texts[kept].reset_index(drop=True),
        manifest.object_factor,
        manifest.attribute_factors,
    )
