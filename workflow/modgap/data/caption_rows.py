"""A row of a list of captions, and the columns and splits of lists of any layout."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from modgap.data.folders import is_image_name
from modgap.data.records import as_word
from modgap.errors import InputError

# The split of a list, or of a folder, that has no parts.
WHOLE = "all"
# Names of columns; those of a line where there is none of the lines before.
IMAGE_COLUMNS = (
    ("file_name", "image", "image_name", "filename"),
    ("image_path", "img_path", "image_file", "filepath", "file_path", "path", "file", "img"),
)
CAPTION_COLUMNS = (
    ("text", "caption", "comment"),
    ("captions", "sentences", "sentence", "description", "conversations"),
    ("title", "raw"),
)
SPLIT_COLUMN = "split"
_NUMBER = re.compile(r"_\d+$")
# Of an address in the name of a column, or one itself where there is no header.
_ADDRESS = re.compile(r"urls?(?![a-z])|://", re.IGNORECASE)
# What programs write for a cell that is empty.
_MISSING = ("na", "n/a", "nan", "none", "null", "<na>")


@dataclass(frozen=True)
class Caption:
    """A row of a list: where it stands, and why it cannot be used; `text` is as the list has it.

    `index`: the number of the caption among those of its image, "" where the list gives none.
    """

    where: str
    split: str
    image: str
    index: str
    text: object
    fault: str | None = None


def image_column(path: Path, header: Iterable[str]) -> str:
    """The one column of images; capitals do not count.

    Raises
    ------
    InputError
        Naming the file, if there is none or more than one, or no header at all.
    """
    header = list(header)
    columns = _first_kind(header, IMAGE_COLUMNS, str.lower)
    if len(columns) != 1:
        raise _not_one(path, header, columns, IMAGE_COLUMNS)
    return columns[0]


def caption_columns(path: Path, header: Iterable[str]) -> list[str]:
    """The column of captions, or caption_0, caption_1, …: several captions of one image.

    Raises
    ------
    InputError
        As `image_column`, but for columns of one name that have numbers.
    """
    header = list(header)
    columns = _first_kind(header, CAPTION_COLUMNS, _unnumbered)
    plain = [name for name in columns if _unnumbered(name) == name.lower()]
    repeated = len({name.lower() for name in columns}) < len(columns)
    if len(set(map(_unnumbered, columns))) != 1 or len(plain) > 1 or repeated:
        raise _not_one(path, header, columns, CAPTION_COLUMNS)
    return columns


def split_column(header: Iterable[str]) -> str | None:
    """The column that names the split of each row, None if there is none."""
    return next((name for name in header if name.lower() == SPLIT_COLUMN), None)


def has_columns(header: Iterable[str]) -> bool:
    """Whether names are those of columns of a list: one of images and one of captions."""
    header = list(header)
    images = _first_kind(header, IMAGE_COLUMNS, str.lower)
    return bool(images and _first_kind(header, CAPTION_COLUMNS, _unnumbered))


def _first_kind(
    header: list[str], kinds: tuple[tuple[str, ...], ...], word: Callable[[str], str]
) -> list[str]:
    columns = ([name for name in header if word(name) in kind] for kind in kinds)
    return next(filter(None, columns), [])


def _unnumbered(name: str) -> str:
    return _NUMBER.sub("", name.lower())


def _not_one(
    path: Path, header: list[str], columns: list[str], kinds: tuple[tuple[str, ...], ...]
) -> InputError:
    seen = f"its columns are {header}"
    if columns:
        return InputError(f"{path}: {' and '.join(columns)} may be meant; leave one. {seen}")
    fetch = ""
    if kinds == IMAGE_COLUMNS and any(map(_ADDRESS.search, header)):
        fetch = ". Addresses are no images: fetch them first (img2dataset --output_format files)"
    if any(map(is_image_name, header)):
        return InputError(
            f"{path}: its first line, {header}, is an image and no header; put a line with the "
            f"names of the columns above it, such as image and caption{fetch}"
        )
    return InputError(
        f"{path}: no column {' or '.join(kinds[0])}; {seen}. Rename the one that is meant{fetch}"
    )


def named_split(value: object) -> str | None:
    """The split that a cell names, None where it is empty or no word.

    >>> named_split(" test "), named_split(1.0), named_split(True)
    ('test', '1', 'True')
    >>> named_split("NA"), named_split(["test"])
    (None, None)
    """
    word = str(value) if isinstance(value, bool) else as_word(value)
    return None if word is None or word.lower() in _MISSING else word


def split_of(image: str, split: str, own: bool) -> str:
    """The split of an image that a list gives none.

    Parameters
    ----------
    image
        Its name in the list.
    split
        The one asked for.
    own
        Whether the list is of this split alone.

    Returns
    -------
    str
        The folder in the image's name, or the whole.
    """
    image = image.replace("\\", "/").removeprefix("./")
    if own or split == WHOLE or image.startswith(f"{split}/"):
        return split
    first, _, rest = image.partition("/")
    return first if first and rest else WHOLE


def row_fault(image: str, split: str | None) -> str | None:
    """Why a row cannot be used that names no image, or no split where the others do."""
    missing = [what for what, value in (("image", image), ("split", split)) if not value]
    return f"row names no {' and no '.join(missing)}" if missing else None
