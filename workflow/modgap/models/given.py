"""A file of embeddings that a row declares the checksum of, however it got there."""

import os
from pathlib import Path

from modgap.errors import InputError
from modgap.formats.files import sha256


def check_given(images: str | os.PathLike, declared: str) -> None:
    """Raise `InputError` unless a file of embeddings is the one that its row means.

    A download has been compared already; a file that the user put in its place, or whose own row
    has a checksum, has not.

    Parameters
    ----------
    images
        The file, `image_embeddings` of the row.
    declared
        Its SHA-256, hexadecimal; "" for a row that declares none.
    """
    if not declared:
        return
    if Path(images).is_dir():
        raise InputError(
            f"{images}: is a folder, but models.tsv has a sha256, which is of one file; leave the "
            "cell sha256 empty"
        )
    digest = sha256(images)
    if digest != declared:
        raise InputError(
            f"{images}: SHA-256 is {digest}, models.tsv says {declared}; put the file there that "
            "the row means, or correct the cell sha256"
        )
