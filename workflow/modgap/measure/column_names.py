"""What the name of a column says of the items that it may name."""

import re

from modgap.formats.identity import spelled

# What a column is called that is made to name items: its numbers do, and what two such columns do
# not share is missing. Numbers of another ("rank") and words ("title") may agree by chance.
_MADE_TO_NAME = re.compile(
    r".*((id|key|uu?id|file|filename|path|url)s?|idx|index|number)|row|item|sample|"
    "images?|texts?|unnamed0"
)
# Keys of data bases and of shops: where both tables have the same, they name items, and do not only
# count rows. Where they do not, each table may have its own.
_KEY = re.compile(r"pk|sku|.*hash(es)?")
# What a column is called that plainly says which item a row is of: "image", not "similar_image".
_PLAIN = re.compile(
    r"(images?|img|picture|photo|item)?(id|key|uu?id|file|filename|name|filepath|path|url)s?|"
    r"images?|img|picture|photo|item|sample"
)
# Columns of items that a row is not of: hard_negative_image, neg_id.
_NEGATIVE = re.compile(r"negative|(?<![a-z])neg(?![a-z])")


def names_items(column: str) -> bool:
    """Whether a column's name says that it names items.

    >>> names_items("file_name"), names_items("Image ID"), names_items("colour")
    (True, True, False)
    """
    return _MADE_TO_NAME.fullmatch(spelled(column)) is not None


def is_plain(name: str) -> bool:
    """Whether a column's name says no more than that its words are the items' own names.

    >>> is_plain("image"), is_plain("file_name"), is_plain("similar_image")
    (True, True, False)
    """
    return _PLAIN.fullmatch(spelled(str(name))) is not None


def is_key(name: str) -> bool:
    """Whether a column is called as keys are.

    >>> is_key("pk"), is_key("image_hash"), is_key("rank")
    (True, True, False)
    """
    return _KEY.fullmatch(spelled(str(name))) is not None


def names_others(name: str) -> bool:
    """Whether a column is of items that a row is not of, as negatives are.

    >>> names_others("hard_negative_image"), names_others("image")
    (True, False)
    """
    return _NEGATIVE.search(str(name).lower()) is not None
