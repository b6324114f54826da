"""Embeddings that somebody published: one file each, with a known checksum."""

import os
from http.client import HTTPException

from modgap.downloads import http
from modgap.errors import InputError

_ADVICE = (
    "check image_embeddings and sha256 in models.tsv, or get the file yourself and set the folder "
    "of its row in the configuration's folders"
)


def fetch_embeddings(address: str, sha256: str, target: str | os.PathLike) -> None:
    """Download a file of embeddings to `target`, whole or not at all.

    Parameters
    ----------
    address
        Where the file is published.
    sha256
        Of its bytes, hexadecimal.
    target
        Where it will stand.

    Raises
    ------
    InputError
        Naming the address: it does not answer, or the file is another one.
    """
    try:
        http.fetch(http.Remote(address, f"sha256:{sha256}"), target)
    except (OSError, HTTPException) as error:
        raise InputError(http.problem(error, address, _ADVICE)) from error
