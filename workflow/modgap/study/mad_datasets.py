"""Names of the data sets that MAD comes in: one for each kind of caption, one of classes."""

import re

from modgap.errors import InputError

# Without captions, of classes such as 7-red.
CLASSES = "mad-digit-colour"
FACTORS = ("digit", "thickness", "swelling", "fracture", "scale", "colour")
_CAPTIONS = re.compile(rf"mad-({'|'.join(FACTORS)})-k([0-5])")


def mad_dataset(main_factor: str, attributes: int) -> str:
    """Name of the MAD data set whose captions hold `main_factor` and `attributes` others."""
    return f"mad-{main_factor}-k{attributes}"


def is_mad(dataset: str) -> bool:
    """Whether a name is that of a MAD data set."""
    return dataset == CLASSES or _CAPTIONS.fullmatch(dataset) is not None


def mad_captions(dataset: str) -> tuple[str, int] | None:
    """The main factor and number of attributes that a MAD data set's name stands for.

    None for the data set of classes, which has no captions. Raises `InputError` for another name.
    """
    if dataset == CLASSES:
        return None
    match = _CAPTIONS.fullmatch(dataset)
    if match is None:
        raise InputError(
            f"data set {dataset!r}: MAD data sets are {CLASSES} and mad-FACTOR-kNUMBER, such as "
            f"mad-digit-k1; factors: {', '.join(FACTORS)}; numbers: 0 to 5"
        )
    return match[1], int(match[2])
