"""Names of the data sets that MAD comes in: kinds of caption, of classes, of groups.

`mad-FACTOR-kNUMBER` has captions of that factor and so many others; `-nITEMS` behind it are the
first items with their captions and no prompts, for models that are slow.
"""

import re
from typing import NamedTuple

from modgap.errors import InputError

# Without captions: of classes such as 7-red, and of digits by group of colour.
CLASSES, GROUPS = "mad-digit-colour", "mad-digit-groups"
FACTORS = ("digit", "thickness", "swelling", "fracture", "scale", "colour")
_CAPTIONS = re.compile(rf"mad-({'|'.join(FACTORS)})-k([0-5])(?:-n([1-9][0-9]*))?")


class MadCaptions(NamedTuple):
    """The captions of a MAD data set, and how many items it has (None: all)."""

    main_factor: str
    attributes: int
    items: int | None


def mad_dataset(main_factor: str, attributes: int) -> str:
    """Name of the MAD data set whose captions hold `main_factor` and `attributes` others."""
    return f"mad-{main_factor}-k{attributes}"


def is_mad(dataset: str) -> bool:
    """Whether a name is that of a MAD data set."""
    return dataset in (CLASSES, GROUPS) or _CAPTIONS.fullmatch(dataset) is not None


def mad_captions(dataset: str) -> MadCaptions | None:
    """What a MAD data set's name says of its captions.

    None for the data sets of classes, which have none. Raises `InputError` for another name.
    """
    if dataset in (CLASSES, GROUPS):
        return None
    match = _CAPTIONS.fullmatch(dataset)
    if match is None:
        raise InputError(
            f"data set {dataset!r}: MAD data sets are {CLASSES}, {GROUPS} and mad-FACTOR-kNUMBER, "
            f"such as mad-digit-k1; factors: {', '.join(FACTORS)}; numbers: 0 to 5; the first 500 "
            "items alone: mad-digit-k1-n500"
        )
    return MadCaptions(match[1], int(match[2]), int(match[3]) if match[3] else None)
