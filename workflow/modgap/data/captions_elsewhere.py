"""Where the captions of a folder may be that has no list of them which is read."""

import posixpath
from pathlib import Path

from modgap.data.caption_lists import BESIDE, BY_KIND, OF_ALL, TABLE
from modgap.data.folders import Listing, is_image_name, list_images
from modgap.data.split_files import SHARDS, TABLES

# What images and captions, or addresses of images, are packed in.
_PACKED = (*TABLES, *SHARDS, ".zip", ".gz", ".tgz")
_LISTS = (TABLE, *OF_ALL, *BY_KIND)
_SHEETS = (".xlsx", ".xlsm", ".xls", ".ods")


def captions_elsewhere(folder: Path) -> str:
    """What to do with a file that may hold the captions of a folder, for the end of a message.

    It is a list in a folder within, packed, a sheet of a spreadsheet, or lies beside an image under
    another suffix than .txt; "" if there is none.
    """
    listing = list_images(folder)
    lists = (name for name, _ in listing.others if posixpath.basename(name) in _LISTS)
    if own := next(lists, None):
        place = folder / posixpath.dirname(own)
        return f". {own} is a list in a folder within: to use it, name {place} in the configuration"
    known = {name.lower(): name for name in _LISTS}
    if own := next((name for name, _ in listing.others if name.lower() in known), None):
        return f". {own} is read where it is called {known[own.lower()]}"
    names = [name for name, _ in listing.others if name.endswith(_PACKED)]
    if not names:
        return _beside(listing)
    if lists := [name for name in names if name.removesuffix(".gz") in (*OF_ALL, *BY_KIND)]:
        return f". {lists[0]} is packed: unpack it (gunzip {lists[0]})"
    # img2dataset writes a table of addresses beside each shard.
    for suffixes, what, adapter in (
        (SHARDS, "shard", "picture_shards"),
        (TABLES, "table", "picture_table"),
    ):
        if own := next((name for name in names if name.endswith(suffixes)), None):
            return f". {own} is a {what}: where it holds the pictures, the adapter is {adapter}"
    return (
        f". {names[0]} is packed: write its images and captions as files, such as dog.jpg and "
        "dog.txt"
    )


def _beside(listing: Listing) -> str:
    names = [name for name, what in listing.others if what != "hidden"]
    if sheet := next((name for name in names if name.lower().endswith(_SHEETS)), None):
        return f". {sheet}: save its sheet as captions.csv, with the columns image and caption"
    images = {*listing.images, *map(_stem, listing.images)}
    if text := next((name for name in names if _stem(name) in images), None):
        own = _stem(text)
        own = (_stem(own) if is_image_name(own) else own) + BESIDE[0]
        return f". {text} lies beside an image: where it holds the caption as text, call it {own}"
    return ""


def _stem(name: str) -> str:
    return posixpath.splitext(name)[0]
