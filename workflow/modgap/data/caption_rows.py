"""A row of a list of captions, and the columns and splits of lists of any layout."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from modgap.data.folders import is_image_name
from modgap.data.records import as_word
from modgap.errors import InputError

# The split of a list, or of a folder, that has no parts.
WHOLE = "all"
# Names of columns; those of the second line where there is none of the first.
IMAGE_COLUMNS = (
    ("file_name", "image", "image_name", "filename"),
    ("image_path", "img_path", "image_file", "filepath", "file_path", "path", "file", "img"),
)
CAPTION_COLUMNS = (
    ("text", "caption", "comment"),
    ("captions", "sentences", "sentence", "description", "conversations"),
)
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


def column(path: Path, header: Iterable[str], names: tuple[tuple[str, ...], ...]) -> str:
    """The one column of these names, of which the first that there are count.

    Raises
    ------
    InputError
        Naming the file, if there is none or more than one, or no header at all.
    """
    header = list(header)
    kinds = [[name for name in header if name in kind] for kind in names]
    found = next(filter(None, kinds), [])
    if len(found) == 1:
        return found[0]
    seen = f"its columns are {header}"
    if found:
        raise InputError(f"{path}: {' and '.join(found)} may be meant; leave one. {seen}")
    if any(map(is_image_name, header)):
        raise InputError(
            f"{path}: its first line, {header}, is an image and no header; put a line with the "
            "names of the columns above it, such as image and caption"
        )
    raise InputError(
        f"{path}: no column {' or '.join(names[0])}; {seen}. Rename the one that is meant"
    )


def named_split(value: object) -> str | None:
    """The split that a cell names, None where it is empty or no word.

    >>> named_split(" test "), named_split("NA"), named_split(["test"])
    ('test', None, None)
    """
    word = as_word(value)
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
    return image.partition("/")[0] if "/" in image else WHOLE


def row_fault(image: str, split: str | None) -> str | None:
    """Why a row cannot be used that names no image, or no split where the others do."""
    missing = [what for what, value in (("image", image), ("split", split)) if not value]
    return f"row names no {' and no '.join(missing)}" if missing else None
