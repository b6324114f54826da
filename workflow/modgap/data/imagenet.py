"""ImageNet: one folder of images per class, named by its WordNet id."""

from pathlib import Path

from modgap.data.draft import IMAGE_SUFFIXES, Draft, Problem, images_table, prompts_table
from modgap.errors import InputError

TEMPLATE = "A photo of a {name}."
_FACTOR = "class"


def imagenet(folder: Path, split: str, classes: str = "") -> Draft:
    """All classes of a split; labels are WordNet ids, since two classes may share a name.

    `classes`: a file in `folder` with a class per line, its WordNet id and its name; without it
    the classes are the 1,000 of ILSVRC2012 under open_clip's names. One prompt per class, "A photo
    of a {class}.", without ensembling (Schrodi et al. 2025, official code). A folder that is no
    class, and a class without images, are reported; files that are no images are left aside.
    """
    place = _split_folder(folder, split)
    names = _read_classes(folder / classes) if classes else _known_names()
    draft = _draft(folder, place, names)
    extra = {path.name for path in place.iterdir() if path.is_dir()} - set(names)
    draft.problems += [
        Problem(wnid, "folder is not in the list of classes") for wnid in sorted(extra)
    ]
    return draft


def imagenet_subset(folder: Path, split: str, classes: str) -> Draft:
    """The classes listed in the file `classes` alone, such as the ImageNet-100 splits.

    The file is as in `imagenet`.
    """
    return _draft(folder, _split_folder(folder, split), _read_classes(folder / classes))


def _draft(folder: Path, place: Path, names: dict[str, str]) -> Draft:
    found = [
        (wnid, path)
        for wnid in sorted(names)
        if (place / wnid).is_dir()
        for path in sorted((place / wnid).iterdir())
        if path.is_file()
    ]
    files = [(wnid, path) for wnid, path in found if path.suffix.lower() in IMAGE_SUFFIXES]
    relative = [path.relative_to(folder).as_posix() for _, path in files]
    ids = [path.stem for _, path in files]
    images = images_table(ids, relative, **{_FACTOR: [wnid for wnid, _ in files]})
    draft = Draft(folder, images, prompts_table(_FACTOR, TEMPLATE, names), object_factor=_FACTOR)
    draft.ignored = [
        path.relative_to(folder).as_posix()
        for _, path in found
        if path.suffix.lower() not in IMAGE_SUFFIXES
    ]
    absent = sorted(set(names) - {wnid for wnid, _ in files})
    draft.problems += [Problem(wnid, "class without images") for wnid in absent]
    return draft


def _split_folder(folder: Path, split: str) -> Path:
    place = folder / split
    if not place.is_dir() or not any(path.is_dir() for path in place.iterdir()):
        raise InputError(
            f"{place}: expected one folder per class, named by its WordNet id (n01440764, …); "
            "sort the images of the archive into such folders first"
        )
    return place


def _read_classes(path: Path) -> dict[str, str]:
    """WordNet id → name; a name that is left out is looked up among the 1,000."""
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a class per line: WordNet id and name")
    known, names = _known_names(), {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        wnid, _, name = line.strip().replace("\t", " ").partition(" ")
        if not wnid:
            continue
        where = f"{path}: line {number}: class {wnid}"
        if wnid in names:
            raise InputError(f"{where} is listed twice")
        names[wnid] = name.strip() or known.get(wnid, "")
        if not names[wnid]:
            raise InputError(
                f"{where} is none of the {len(known)} of ILSVRC2012; write its name after it"
            )
    return names


def _known_names() -> dict[str, str]:
    """The 1,000 classes of ILSVRC2012: WordNet id → open_clip's name, both in the usual order."""
    from open_clip import IMAGENET_CLASSNAMES
    from timm.data import ImageNetInfo

    ids = ImageNetInfo("imagenet-1k").label_names()
    return dict(zip(ids, IMAGENET_CLASSNAMES, strict=True))
