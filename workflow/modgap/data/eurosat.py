"""EuroSAT: satellite images in one folder per class."""

from pathlib import Path

from modgap.data.draft import Draft, Problem, images_table, prompts_table
from modgap.data.folders import list_images, subfolders
from modgap.errors import InputError

# Liang et al. 2022, official code.
TEMPLATE = "a centered satellite photo of {name}."
# Folder → the class in words, as CLIP's own prompts have it (Radford et al. 2021).
CLASSES = {
    "AnnualCrop": "annual crop land",
    "Forest": "forest",
    "HerbaceousVegetation": "brushland or shrubland",
    "Highway": "highway or road",
    "Industrial": "industrial buildings or commercial buildings",
    "Pasture": "pasture land",
    "PermanentCrop": "permanent crop land",
    "Residential": "residential buildings or homes or apartments",
    "River": "river",
    "SeaLake": "lake or sea",
}
_FACTOR = "class"
# The folder that the archive unpacks to.
_UNPACKED = "2750"


def eurosat(folder: Path, split: str) -> Draft:
    """All images of EuroSAT (RGB): a folder per class, in `folder` or in `folder`/2750.

    Parameters
    ----------
    folder
        Where the archive was unpacked.
    split
        "all": the data set has no parts (Liang et al. 2022 measure all 27,000 images).

    Returns
    -------
    Draft
        One label column, class, and one prompt per class. A class without a folder or without
        images, a folder that is no class, and an image outside the folders are reported.

    Raises
    ------
    InputError
        For another split, and if there is no folder of a class.
    """
    if split != "all":
        raise InputError(f"split {split!r} of {folder}: EuroSAT has no parts, expected all")
    place = folder / _UNPACKED if (folder / _UNPACKED).is_dir() else folder
    there = subfolders(place)
    if not set(CLASSES) & set(there):
        inner = [name for name in there if set(CLASSES) & set(subfolders(place / name))]
        hint = "".join(f"; name {place / name}, which has some, instead" for name in inner[:1])
        raise InputError(
            f"{place}: expected one folder of images per class: {', '.join(CLASSES)}{hint}"
        )
    prefix = f"{_UNPACKED}/" if place != folder else ""
    listings = {name: list_images(place / name) for name in CLASSES}
    names = [f"{label}/{name}" for label, own in listings.items() for name in own.images]
    labels = [label for label, own in listings.items() for _ in own.images]
    images = images_table(names, [prefix + name for name in names], **{_FACTOR: labels})
    draft = Draft(folder, images, prompts_table(_FACTOR, TEMPLATE, CLASSES), _FACTOR)
    for label, listing in listings.items():
        draft.add_listing(listing, prefix + label)
        if not listing.images:
            draft.problems.append(
                Problem(label, "class without images; its prompt stays a candidate")
            )
    loose = list_images(place, nested=False)
    draft.add_listing(loose, prefix.rstrip("/"))
    draft.problems += [
        Problem(prefix + name, "image outside the folders of the classes") for name in loose.images
    ]
    draft.problems += [
        Problem(name, "folder is not in the list of classes")
        for name in there
        if name not in CLASSES
    ]
    return draft
