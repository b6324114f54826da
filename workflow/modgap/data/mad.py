"""MAD as a data set like any other: the arrays of its items and the kind of caption in its name."""

from pathlib import Path

from modgap.data.draft import Draft
from modgap.formats.arrays import read_array
from modgap.mad.captions import CaptionSpec
from modgap.mad.manifest import mad_class_manifest, mad_manifest
from modgap.study.mad_datasets import mad_captions


def mad(folder: Path, dataset: str, split: str, seed: int) -> Draft:
    """The items of `folder`/pixels.npy and labels.npy with the captions that `dataset` names.

    "mad-FACTOR-kNUMBER" has captions of that factor and so many others, drawn with `seed`;
    "mad-digit-colour" has classes and no captions. Raises `InputError` for any other name, and for
    arrays that do not belong together.
    """
    pixels, labels = folder / "pixels.npy", read_array(folder / "labels.npy")
    captions = mad_captions(dataset)
    if captions is None:
        manifest = mad_class_manifest(pixels, labels, dataset=dataset, split=split)
    else:
        spec = CaptionSpec(*captions)
        manifest = mad_manifest(pixels, labels, spec, dataset=dataset, split=split, seed=seed)
    return Draft(
        folder,
        manifest.images,
        manifest.texts,
        manifest.object_factor,
        manifest.attribute_factors,
    )
