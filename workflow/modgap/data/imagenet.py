"""ImageNet: one folder of images per class, named by its WordNet id."""

from pathlib import Path

from modgap.data.draft import Draft, Problem, images_table, prompts_table
from modgap.errors import InputError

TEMPLATE = "A photo of a {name}."
CLASSES = 1000
_FACTOR = "class"


def imagenet(folder: Path, split: str, classes: str = "") -> Draft:
    """All classes of a split; labels are WordNet ids, since two classes may share a name.

    `classes`: a file in `folder` with a class per line, its WordNet id and its name; without it
    the names are open_clip's list of the 1,000 in the order of their ids. One prompt per class,
    "A photo of a {class}.", without ensembling (Schrodi et al. 2025, official code). A folder that
    is no class, and a class without folder, are reported.
    """
    place = _split_folder(folder, split)
    present = sorted(path.name for path in place.iterdir() if path.is_dir())
    names = _read_classes(folder / classes) if classes else dict.fromkeys(present, "")
    return _draft(folder, place, _named(names, present, place), extra=set(present) - set(names))


def imagenet_subset(folder: Path, split: str, classes: str) -> Draft:
    """The classes listed in the file `classes` alone, such as the ImageNet-100 splits.

    The file is as in `imagenet`; names may be left out if all 1,000 folders are there.
    """
    place = _split_folder(folder, split)
    present = sorted(path.name for path in place.iterdir() if path.is_dir())
    names = _read_classes(folder / classes)
    return _draft(folder, place, _named(names, present, place), extra=set())


def _draft(folder: Path, place: Path, names: dict[str, str], extra: set[str]) -> Draft:
    files = [
        (wnid, path)
        for wnid in sorted(names)
        if (place / wnid).is_dir()
        for path in sorted((place / wnid).iterdir())
        if path.is_file()
    ]
    relative = [path.relative_to(folder).as_posix() for _, path in files]
    ids = [path.stem for _, path in files]
    images = images_table(ids, relative, **{_FACTOR: [wnid for wnid, _ in files]})
    draft = Draft(folder, images, prompts_table(_FACTOR, TEMPLATE, names), object_factor=_FACTOR)
    draft.problems += [
        Problem(wnid, "folder is not in the list of classes") for wnid in sorted(extra)
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
    if not path.is_file():
        raise InputError(f"{path}: no such file; expected a class per line: WordNet id and name")
    names: dict[str, str] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        wnid, _, name = line.strip().replace("\t", " ").partition(" ")
        if wnid in names:
            raise InputError(f"{path}: line {number}: class {wnid} is listed twice")
        if wnid:
            names[wnid] = name.strip()
    return names


def _named(names: dict[str, str], present: list[str], place: Path) -> dict[str, str]:
    """Fill in names that a list leaves out, by the place of the class among all 1,000."""
    if all(names.values()):
        return names
    if len(present) != CLASSES:
        raise InputError(
            f"{place}: {len(present)} class folders; names of classes can only be looked up among "
            f"all {CLASSES}. Give a file with WordNet id and name per line as `classes`"
        )
    from open_clip import IMAGENET_CLASSNAMES

    known = dict(zip(present, IMAGENET_CLASSNAMES, strict=True))
    return {wnid: name or known.get(wnid, wnid) for wnid, name in names.items()}
