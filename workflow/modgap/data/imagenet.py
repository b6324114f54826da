"""ImageNet: one folder of images per class, named by its WordNet id."""

import re
from pathlib import Path

from modgap.data.draft import Draft, Note, Problem, images_table, prompts_table
from modgap.data.folders import FileNames, list_images, need_folder, subfolders
from modgap.errors import InputError
from modgap.formats.text import read_lines

TEMPLATE = "A photo of a {name}."
_FACTOR = "class"
# As the lists of ILSVRC's development kit have it between WordNet id and name.
_COUNTED = re.compile(r"\d+ \S")


def imagenet(folder: Path, split: str, classes: str = "") -> Draft:
    """All classes of a split; labels are WordNet ids, since two classes may share a name.

    An image is known by its path in the split's folder, class included: other data sets of this
    layout number the images of each class anew. Folders within a class belong to it.
    `classes`: a file in `folder` with a class per line, its WordNet id and its name; without it
    the classes are the 1,000 of ILSVRC2012 under open_clip's names. In a name "_" is a blank, and
    that is noted. One prompt per class, "A photo of a {class}.", without ensembling (Schrodi et al.
    2025, official code). A folder that is no class, a class without images, and an image outside
    the folders are reported; files that are no images are left aside.
    """
    place = _split_folder(folder, split)
    draft, used = _draft(folder, split, _classes(folder, classes))
    extra = [name for name in subfolders(place) if name not in used]
    draft.problems += [Problem(name, "folder is not in the list of classes") for name in extra]
    loose = list_images(place, nested=False)
    draft.add_listing(loose, split)
    draft.problems += [
        Problem(f"{split}/{name}", "image outside the folders of the classes")
        for name in loose.images
    ]
    return draft


def imagenet_subset(folder: Path, split: str, classes: str) -> Draft:
    """The classes listed in the file `classes` alone, such as the ImageNet-100 splits.

    The file is as in `imagenet`. Other folders of the split are no part of the data set.
    """
    if not classes:
        raise InputError(
            f"{folder}: a part of the classes needs a list of them; name its file in the column "
            "classes of datasets.tsv"
        )
    _split_folder(folder, split)
    return _draft(folder, split, _classes(folder, classes))[0]


def _draft(
    folder: Path, split: str, classes: tuple[dict[str, str], list[Note]]
) -> tuple[Draft, set[str]]:
    """The images of the classes, and the folders of the split that they lie in."""
    names, notes = classes
    place, split = folder / split, Path(split).as_posix()
    folders = FileNames(subfolders(place), place.name)
    own = {label: folders.lookup(label) or label for label in sorted(names)}
    listings = {label: list_images(place / name) for label, name in own.items()}
    ids, labels = [], []
    for label, listing in listings.items():
        ids += [f"{own[label]}/{name}" for name in listing.images]
        labels += [label] * len(listing.images)
    paths = [f"{split}/{name}" for name in ids]
    images = images_table(ids, paths, **{_FACTOR: labels})
    texts = prompts_table(_FACTOR, TEMPLATE, names)
    draft = Draft(folder, images, texts, object_factor=_FACTOR, notes=notes)
    for label, listing in listings.items():
        draft.add_listing(listing, f"{split}/{own[label]}")
        if not listing.images:
            lacks = "images" if (place / own[label]).is_dir() else "a folder"
            draft.problems.append(
                Problem(label, f"class without {lacks}; its prompt stays a candidate")
            )
    return draft, {name.split("/")[0] for name in own.values()}


def _split_folder(folder: Path, split: str) -> Path:
    expected = "one folder of images per class, named by its WordNet id (n01440764, …)"
    place = need_folder(folder, split, expected)
    if not subfolders(place):
        raise InputError(
            f"{place}: expected {expected}; sort the images of the archive into such folders first"
        )
    return place


def _classes(folder: Path, classes: str) -> tuple[dict[str, str], list[Note]]:
    """Folder → name of each class, of the list `classes` if there is one, and what to note.

    "_" parts the words of a name in lists of other programs, and is none of its letters.
    """
    if not classes:
        return _known_names(), []
    names = _read_classes(folder / classes)
    written = sum("_" in name for name in names.values())
    what = f"names of classes with _ between their words: {written}"
    notes = [Note(classes, what, "taken as blanks")] if written else []
    return {label: name.replace("_", " ") for label, name in names.items()}, notes


def _read_classes(path: Path) -> dict[str, str]:
    """Folder, such as a WordNet id → name; a name left out is looked up among the 1,000.

    A tab ends the folder's name if the line has one, else the first blank does; quotation marks
    that a program put around either are no part of it.
    """
    known, names = _known_names(), {}
    for number, line in _class_lines(path):
        cells = _cells(line)
        if len(cells) > 2:
            raise InputError(
                f"{path}: line {number} has {len(cells)} cells; expected two, WordNet id and name, "
                "with one tab between"
            )
        if not cells:
            continue
        label, name = (*cells, "")[:2]
        where = f"{path}: line {number}: class {label}"
        if label in names:
            raise InputError(f"{where} is listed twice")
        names[label] = " ".join(name.split()) or known.get(label, "")
        if not names[label]:
            raise InputError(
                f"{where} is none of the {len(known)} of ILSVRC2012; write its name after it, with "
                "a tab between"
            )
    if not names:
        raise InputError(f"{path}: no class in it; expected one per line: WordNet id and name")
    if all(map(_COUNTED.match, names.values())):
        raise InputError(
            f"{path}: a number stands before every name ({next(iter(names.values()))!r}); expected "
            "a class per line: WordNet id and name. Leave the numbers out"
        )
    return names


def _class_lines(path: Path) -> list[tuple[int, str]]:
    expected = "expected a class per line: WordNet id and name, with a tab between"
    if not path.is_file():
        raise InputError(f"{path}: no such file; {expected}")
    lines = read_lines(path)
    if next((line for _, line in lines if line.strip()), "").lstrip().startswith(("{", "[")):
        raise InputError(f"{path}: holds JSON; {expected}")
    return lines


def _cells(line: str) -> list[str]:
    text = line.strip()
    cells = text.split("\t") if "\t" in text else text.split(maxsplit=1)
    return [_without_marks(cell.strip()) for cell in cells if cell.strip()]


def _without_marks(cell: str) -> str:
    marked = len(cell) > 1 and cell[0] == cell[-1] == '"'
    return cell[1:-1].replace('""', '"') if marked else cell


def _known_names() -> dict[str, str]:
    """The 1,000 classes of ILSVRC2012: WordNet id → open_clip's name, both in the usual order."""
    from open_clip import IMAGENET_CLASSNAMES
    from timm.data import ImageNetInfo

    ids = ImageNetInfo("imagenet-1k").label_names()
    return dict(zip(ids, IMAGENET_CLASSNAMES, strict=True))
